import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Resolves to whether the service answers; asked again and again, with what it has written, until it does. */
  readonly isReady: (output: string) => Promise<boolean>;
  /** @defaultValue 30,000 */
  readonly readyTimeoutMs?: number | undefined;
  /** So many of the last characters that it wrote are kept. @defaultValue 4,000 */
  readonly outputKept?: number | undefined;
}

const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 25;
const STOP_TIMEOUT_MS = 15_000;
const OUTPUT_KEPT = 4_000;

/** A server as a child process: ready when started, and signalled by its own process id only. */
export class ChildService {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #output = '';

  private constructor(options: ChildOptions) {
    this.#child = spawn(options.command, options.args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-(options.outputKept ?? OUTPUT_KEPT));
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.#exited = once(this.#child, 'exit').catch((error: unknown) => keep(Buffer.from(String(error))));
    // A runner that ends in whatever way takes its servers with it.
    const killNow = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', killNow);
    void this.#exited.then(() => process.off('exit', killNow));
  }

  static async start(options: ChildOptions): Promise<ChildService> {
    const service = new ChildService(options);
    let hasExited = false;
    void service.#exited.then(() => {
      hasExited = true;
    });
    const timeoutMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;
    const untilMs = performance.now() + timeoutMs;
    while (!(await options.isReady(service.#output).catch(() => false))) {
      if (!hasExited && performance.now() < untilMs) {
        await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
        continue;
      }
      await service.kill();
      const why = hasExited ? 'ended before it was ready' : `was not ready after ${timeoutMs} ms`;
      throw new Error(`${options.command} ${why}:\n${service.#output}`);
    }
    return service;
  }

  /** The end of what it has written, to standard output and standard error. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** SIGTERM, and SIGKILL when that does not help. Idempotent. */
  async stop(): Promise<void> {
    this.#child.kill('SIGCONT');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** SIGKILL: nothing is written, no connection is closed in order. Idempotent. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  /** SIGCONT. */
  wake(): void {
    this.#child.kill('SIGCONT');
  }
}

/** Free ports on the loopback interface, different from each other. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
