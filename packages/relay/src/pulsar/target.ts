import { BotgoError, ConfigError, isBotgoError } from 'botgo/errs';
import type { PulsarClient } from './native-client.js';

/** Which Pulsar, and as whom: either a {@link url} or a {@link client}. */
export interface PulsarTarget {
  /** A `Client` of the npm package `pulsar-client`, for Pulsar's own protocol. It stays open. */
  readonly client?: PulsarClient | undefined;
  /** Beside a client: `tenant/namespace`. Default `public/default`. */
  readonly namespace?: string | undefined;
  /**
   * `pulsar+ws://host:port[/tenant/namespace]`, or `pulsar+wss://` for TLS: where its WebSocket API is served, the web port of a broker
   * or a proxy. Default namespace `public/default`. A token may stand before the host: `pulsar+ws://:token@host:port`.
   */
  readonly url?: string | undefined;
  /** The token that is sent with each connection; a function is asked each time. Beside a client: for the admin API alone. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Where the admin API is served, which tells the lag. Default: `http(s)://` at the host and port of `url`; beside a client, none. */
  readonly adminUrl?: string | undefined;
}

/** A {@link PulsarTarget} as it was read. */
export interface PulsarPlace {
  /** `ws://host:port/ws/v2`. */
  readonly socketUrl: string;
  readonly adminUrl: string;
  /** `persistent/tenant/namespace`. */
  readonly namespace: string;
  headers(): Promise<Record<string, string>>;
}

/** @throws {ConfigError} on what is no such URL; without the text, for it may hold a token. */
export function readTarget({ url, token, adminUrl }: PulsarTarget): PulsarPlace {
  const match = /^pulsar\+ws(s?):\/\/(?::([^@/]+)@)?([^@/?#\s]+:\d+)(?:\/([^/\s?#]+)\/([^/\s?#]+))?\/?$/.exec(
    typeof url === 'string' ? url : '',
  );
  if (!match)
    throw new ConfigError(
      'the Pulsar URL cannot be read: it looks like pulsar+ws://[:token@]host:port[/tenant/namespace]',
    );
  const [, secure, written, host, tenant = 'public', namespace = 'default'] = match;
  const given = token ?? (written === undefined ? undefined : decodeURIComponent(written));
  return {
    socketUrl: `ws${secure}://${host}/ws/v2`,
    adminUrl: (adminUrl ?? `http${secure}://${host}`).replace(/\/+$/, ''),
    namespace: `persistent/${tenant}/${namespace}`,
    async headers() {
      const bearer = typeof given === 'function' ? await given() : given;
      return bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` };
    },
  };
}

/** `persistent/tenant/namespace`. @throws {ConfigError} on what is no namespace. */
export function readNamespace(namespace = 'public/default'): string {
  if (!/^[\w.:=-]+\/[\w.:=-]+$/.test(namespace))
    throw new ConfigError(`namespace must look like tenant/namespace, got ${JSON.stringify(namespace)}`);
  return `persistent/${namespace}`;
}

/** @throws {ConfigError} on what is no name of a topic or subscription. */
export function checkName(option: string, name: string): void {
  if (typeof name !== 'string' || !/^[\w.:=-]+$/.test(name))
    throw new ConfigError(
      `${option} must be a name of letters, digits and -=:._, got ${JSON.stringify(name)}`,
    );
}

/** The answer to a handshake or to a request that was refused. */
export function toStatusError(what: string, status: number): BotgoError {
  if (status === 401 || status === 403)
    return new ConfigError(
      `Pulsar refuses to let the relay ${what}: check its token and its rights (HTTP ${status})`,
    );
  const advice =
    status === 404 ? ': does the namespace exist, and has the broker webSocketServiceEnabled=true?' : '';
  return new BotgoError('BOTGO_BROKER', `Pulsar could not ${what}${advice} (HTTP ${status})`);
}

/** A failure of Pulsar or of the way to it. @param what - What could not be done. */
export function toPulsarError(what: string, error: unknown): BotgoError {
  if (isBotgoError(error)) return error;
  const message = error instanceof Error ? error.message || error.name : String(error);
  return new BotgoError('BOTGO_BROKER', `Pulsar could not ${what} (${message})`, {
    cause: new Error(message),
  });
}

/** What a message that is too large is told by. */
export function tooLarge(reason: string): ConfigError {
  return new ConfigError(
    'Pulsar takes no message of that size: raise webSocketMaxTextFrameSize (a message is a third larger on its way) ' +
      `and maxMessageSize of the broker (${reason})`,
  );
}
