import { Agent, type Dispatcher, EnvHttpProxyAgent, ProxyAgent } from 'undici';
import { ConfigError } from '../errs/index.js';

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

/** The keep-alive pool of a client. @throws {ConfigError} on a bad option. */
export function createDispatcher(options: ConnectionOptions): Dispatcher {
  const connections = options.connections ?? CONNECTION_DEFAULTS.connections;
  const keepAliveTimeout = options.keepAliveMs ?? CONNECTION_DEFAULTS.keepAliveMs;
  if (!(Number.isInteger(connections) && connections >= 1))
    throw new ConfigError(`connections must be a whole number above 0, got ${connections}`);
  if (!(keepAliveTimeout >= 1)) throw new ConfigError(`keepAliveMs must be above 0, got ${keepAliveTimeout}`);
  const ca = options.ca === undefined ? undefined : toCertificates(options.ca);
  const pool = { connections, keepAliveTimeout };
  const { proxy } = options;
  if (proxy === undefined) return new Agent(ca ? { ...pool, connect: { ca } } : pool);
  const tls = ca ? { requestTls: { ca }, proxyTls: { ca } } : {};
  if (proxy === 'environment') return new EnvHttpProxyAgent({ ...pool, ...tls });
  if (!URL.canParse(proxy) || !/^https?:$/.test(new URL(proxy).protocol))
    throw new ConfigError('proxy must be an http or https URL, or "environment"');
  return new ProxyAgent({ uri: proxy, ...pool, ...tls });
}

function toCertificates(ca: NonNullable<ConnectionOptions['ca']>): (string | Buffer)[] {
  const list = typeof ca === 'string' || ca instanceof Uint8Array ? [ca] : ca;
  return list.map((one) => (typeof one === 'string' ? one : Buffer.from(one)));
}
