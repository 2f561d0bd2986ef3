import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { createClock, type SimClock } from './clock.js';
import { Control } from './control/control.js';
import { controlApp } from './control/http.js';
import { serveSockets } from './gateway/socket-server.js';
import { isAdmitted } from './guard.js';
import { createIds } from './ids.js';
import { Generator } from './load/generator.js';
import { record } from './load/recorder.js';
import { Platform } from './platform.js';
import { addRestRoutes } from './rest/app.js';
import { gatewayUrl } from './rest/gateway.js';
import { mediaApp } from './rest/media-files.js';
import type { Env } from './rest/strike-call.js';
import type { Switches } from './rules/switches.js';
import { setSwitches } from './rules/switches.js';
import { postCallback } from './webhook/post.js';
import { DEFAULT_SEED } from './world/default-seed.js';

export interface SimulatorOptions {
  /** Port to listen on. @defaultValue 0: any free one */
  readonly port?: number;
  /** Address to listen on. @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** Host names by which it may be called beside the loopback ones. */
  readonly allowedHosts?: readonly string[];
  /** The world; `null` is an empty one. @defaultValue the demo world */
  readonly seed?: unknown;
  /** @defaultValue the system's time */
  readonly clock?: SimClock;
  /** Values other than the defaults. Words of a command line are understood. */
  readonly switches?: Partial<Switches> | Readonly<Record<string, unknown>>;
  /** Folder for `sent.ndjson`, `refused.ndjson` and `timeline.ndjson` of a load run. @defaultValue no record */
  readonly record?: string;
  /** 32 hexadecimal digits from which ids are made. @defaultValue random */
  readonly salt?: string;
}

/** A simulated platform that listens. */
export interface Simulator extends AsyncDisposable {
  /** `http://127.0.0.1:port`: REST, token endpoint and `/_sim/`. */
  readonly url: string;
  /** `ws://127.0.0.1:port/websocket/`. */
  readonly gatewayUrl: string;
  readonly control: Control;
  /** Ends every connection and stops listening; twice is once. */
  close(): Promise<void>;
}

/**
 * Starts a platform of its own on this machine; several in one process share nothing.
 * @throws {FieldError} when the seed or a switch is not valid; an `EADDRINUSE` error when the port is taken
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const clock = options.clock ?? createClock();
  const platform = new Platform({
    clock,
    ids: createIds(options.salt ?? randomBytes(16).toString('hex')),
    drawToken: () => randomBytes(24).toString('base64url'),
    switches: readSwitches(options.switches),
    post: postCallback,
    keepsNumbers: options.record !== undefined,
  });
  let waitingBytes = () => 0;
  const generator = new Generator(platform, () => waitingBytes());
  const control = new Control(platform, generator);
  if (options.seed !== null) control.seed(options.seed ?? DEFAULT_SEED);
  let origin = '';
  const host = options.host ?? '127.0.0.1';
  const hosts = new Set([...(options.allowedHosts ?? []), host].map((name) => name.toLowerCase()));

  const app = new Hono<Env>();
  app.use(async (c, next) => {
    if (isAdmitted({ host: c.req.header('host'), origin: c.req.header('origin') }, hosts)) return next();
    return c.json({ code: 403, message: 'this host name or origin is not allowed here' }, 403);
  });
  app.route('/_sim', controlApp(control));
  app.route('/', mediaApp(platform));
  addRestRoutes(app, platform, () => origin);

  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  const sockets = serveSockets(server, platform.gateway, ({ headers }) =>
    isAdmitted({ host: headers.host, origin: headers.origin }, hosts),
  );
  waitingBytes = () => sockets.bufferedBytes();
  const recorder =
    options.record === undefined ? undefined : record(options.record, platform, generator, () => Date.now());
  await listen(server, options.port ?? 0, host);
  const { port } = server.address() as AddressInfo;
  origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= new Promise<void>((resolve) => {
      generator.stop();
      sockets.close();
      clock.stop();
      recorder?.close();
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closing;
  };
  return { url: origin, gatewayUrl: gatewayUrl(origin), control, close, [Symbol.asyncDispose]: close };
}

function readSwitches(values: SimulatorOptions['switches']): Partial<Switches> {
  const read = {} as Switches;
  setSwitches(read, { ...values });
  return read;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
