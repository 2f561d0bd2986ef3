import { type Options, readOptions } from '../options.js';

export const BROKERS = ['redis', 'kafka', 'pulsar'] as const;
export type BrokerKind = (typeof BROKERS)[number];

export interface RelayOptions extends Options {
  readonly broker: BrokerKind;
  /** Events that kill whoever handles them; by number. */
  readonly poison: readonly number[];
}

/** What a run has unless told otherwise: Pulsar's WebSocket API carries less than the others. */
const DEFAULTS: Readonly<Record<BrokerKind, readonly string[]>> = {
  redis: ['--rate', '2000'],
  // Its brokers allow no shorter session.
  kafka: ['--rate', '2000', '--lease-ms', '6000'],
  pulsar: ['--rate', '500'],
};

/** @throws with a sentence for a person who made a mistake */
export function readRelayOptions(args: readonly string[]): RelayOptions {
  const at = args.indexOf('--broker');
  const given = at === -1 ? 'redis' : args[at + 1];
  const broker = BROKERS.find((kind) => kind === given);
  if (broker === undefined) throw new Error(`--broker must be one of ${BROKERS.join(', ')}`);
  const withoutBroker = at === -1 ? args : [...args.slice(0, at), ...args.slice(at + 2)];
  const [name = 'relay', ...rest] = withoutBroker.filter((arg) => arg !== '--poison');
  // What comes later wins.
  const options = readOptions([
    ...[name, '--lease-ms', '3000', '--seconds', '30', ...DEFAULTS[broker]],
    ...rest,
  ]);
  if (options.store !== 'redis') throw new Error('relay coordinates over Redis: leave --store out');
  // Early, so that they are still met when others strike.
  const poison = args.includes('--poison') ? [Math.ceil(options.rate * options.seconds * 0.2)] : [];
  return { ...options, broker, poison };
}

/** The command that does the same run again. */
export function relayReplayCommand(options: RelayOptions): string {
  const { broker, shards, rate, seconds, leaseMs, seed, sets, poison } = options;
  return [
    `npm run -s chaos -- relay --broker ${broker} --shards ${shards} --rate ${rate} --seconds ${seconds}`,
    `--lease-ms ${leaseMs} --seed ${seed}`,
    ...(poison.length > 0 ? ['--poison'] : []),
    ...sets.map((set) => `--set ${set}`),
    '--json --out DIR',
  ].join(' ');
}
