import { createRequire } from 'node:module';
import type { PulsarClient } from '@botgo/relay/pulsar';
import { PulsarDouble } from './pulsar-double.js';

/** A client for `pulsarPublisher` and `pulsarSource`, and how it is given up. */
export interface OpenedClient {
  readonly client: PulsarClient;
  close(): Promise<unknown>;
}

interface PulsarModule {
  readonly Client: new (options: {
    serviceUrl: string;
    log: () => void;
  }) => PulsarClient & {
    close(): Promise<unknown>;
  };
}

/** The package `pulsar-client` where `BOTGO_TEST_PULSAR_CLIENT` says it is, with its native part; else a stand-in. */
export function openClient({ url, serviceUrl }: { url: string; serviceUrl: string }): OpenedClient {
  const place = process.env.BOTGO_TEST_PULSAR_CLIENT;
  if (!place) return { client: new PulsarDouble(url), close: async () => undefined };
  const { Client } = createRequire(import.meta.url)(place) as PulsarModule;
  const client = new Client({ serviceUrl, log: () => undefined });
  return { client, close: () => client.close() };
}
