import type { Dispatcher } from 'undici';
import { BotgoError, ConfigError } from '../errs/index.js';

/** How connections are made. */
export interface ConnectionOptions {
  /** Connections per host at a time; what is above waits. @defaultValue 256 */
  readonly connections?: number | undefined;
  /** How long an idle connection is kept, in milliseconds. @defaultValue 30,000 */
  readonly keepAliveMs?: number | undefined;
  /** URL of an HTTP(S) proxy, or `environment` for `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. @defaultValue none */
  readonly proxy?: string | undefined;
  /** PEM certificates to trust instead of Node's own, for a gateway of your own. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
}

/** @internal */
export const CONNECTION_DEFAULTS = {
  connections: 256,
  keepAliveMs: 30_000,
} as const satisfies Partial<ConnectionOptions>;

/** A keep-alive pool, e.g. one for a client and its token source together. @throws {ConfigError} on a bad option. */
export async function createDispatcher(options: ConnectionOptions): Promise<Dispatcher> {
  const { connections, keepAliveTimeout, ca, proxy } = resolveConnectionOptions(options);
  // undici is most of what importing this package would cost, and a bot that only receives never needs it.
  const { Agent, EnvHttpProxyAgent, ProxyAgent } = await import('undici');
  const pool = { connections, keepAliveTimeout };
  if (proxy === undefined) return new Agent(ca ? { ...pool, connect: { ca } } : pool);
  const tls = ca ? { requestTls: { ca }, proxyTls: { ca } } : {};
  if (proxy === 'environment') return new EnvHttpProxyAgent({ ...pool, ...tls });
  return new ProxyAgent({ uri: proxy, ...pool, ...tls });
}

/** A client's connections: a dispatcher that was given, which stays open, or a pool of its own, made with the first request. */
export class Connections {
  readonly #options: ConnectionOptions;
  #dispatcher: Dispatcher | undefined;
  #making: Promise<Dispatcher> | undefined;
  readonly #ownsDispatcher: boolean;
  #isClosed = false;

  /** @throws {ConfigError} on a bad option. */
  constructor(options: ConnectionOptions, given: Dispatcher | undefined) {
    if (!given) resolveConnectionOptions(options);
    this.#options = options;
    this.#dispatcher = given;
    this.#ownsDispatcher = given === undefined;
  }

  /**
   * A promise for the first request only: a later one must not wait a turn for what is there.
   * @throws {BotgoError} `BOTGO_CLOSED` when it was closed before anything was made.
   */
  get dispatcher(): Dispatcher | Promise<Dispatcher> {
    if (this.#dispatcher) return this.#dispatcher;
    if (this.#isClosed)
      throw new BotgoError('BOTGO_CLOSED', 'the client was closed before its first request');
    this.#making ??= createDispatcher(this.#options).then((made) => {
      this.#dispatcher = made;
      return made;
    });
    return this.#making;
  }

  /** Waits for what is under way; gives up the pool when it is our own. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#making;
    if (this.#ownsDispatcher) await this.#dispatcher?.close();
  }
}

interface ResolvedConnectionOptions {
  readonly connections: number;
  readonly keepAliveTimeout: number;
  readonly ca: (string | Buffer)[] | undefined;
  readonly proxy: string | undefined;
}

function resolveConnectionOptions(options: ConnectionOptions): ResolvedConnectionOptions {
  const connections = options.connections ?? CONNECTION_DEFAULTS.connections;
  const keepAliveTimeout = options.keepAliveMs ?? CONNECTION_DEFAULTS.keepAliveMs;
  if (!(Number.isInteger(connections) && connections >= 1))
    throw new ConfigError(`connections must be a whole number above 0, got ${connections}`);
  if (!(keepAliveTimeout >= 1)) throw new ConfigError(`keepAliveMs must be above 0, got ${keepAliveTimeout}`);
  const { proxy } = options;
  if (proxy !== undefined && proxy !== 'environment' && !isHttpUrl(proxy))
    throw new ConfigError('proxy must be an http or https URL, or "environment"');
  const ca = options.ca === undefined ? undefined : toCertificates(options.ca);
  return { connections, keepAliveTimeout, ca, proxy };
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function toCertificates(ca: NonNullable<ConnectionOptions['ca']>): (string | Buffer)[] {
  const list = typeof ca === 'string' || ca instanceof Uint8Array ? [ca] : ca;
  return list.map((one) => (typeof one === 'string' ? one : Buffer.from(one)));
}
