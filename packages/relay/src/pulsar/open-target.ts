import type { Clock } from 'botgo/clock';
import { ConfigError } from 'botgo/errs';
import type { PulsarLink } from './link.js';
import { NativeLink } from './native-link.js';
import { SocketLink } from './socket-link.js';
import { type PulsarPlace, type PulsarTarget, readNamespace, readTarget } from './target.js';

/** Where the admin API is. */
export type PulsarAdmin = Pick<PulsarPlace, 'adminUrl' | 'namespace' | 'headers'>;

export interface OpenTarget {
  readonly link: PulsarLink;
  /** `undefined` where it was not said. */
  readonly admin: PulsarAdmin | undefined;
}

/** Connects nothing yet. @throws {ConfigError} on a bad target. */
export function openTarget(target: PulsarTarget, clock: Clock): OpenTarget {
  const { client, url, token, adminUrl } = target;
  if ((client === undefined) === (url === undefined))
    throw new ConfigError('say where Pulsar is: either url or client');
  if (client === undefined) {
    const place = readTarget(target);
    return { link: new SocketLink(place, clock), admin: place };
  }
  if (typeof client?.createProducer !== 'function')
    throw new ConfigError('client must be a Client of the package pulsar-client');
  const namespace = readNamespace(target.namespace);
  const headers = async (): Promise<Record<string, string>> => {
    const bearer = typeof token === 'function' ? await token() : token;
    return bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` };
  };
  return {
    link: new NativeLink(client, namespace, clock),
    admin:
      adminUrl === undefined ? undefined : { adminUrl: adminUrl.replace(/\/+$/, ''), namespace, headers },
  };
}
