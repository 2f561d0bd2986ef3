import { parseArgs } from 'node:util';
import { eventToIntent, isKnownEventType } from 'botgo/dto';
import { ConfigError } from 'botgo/errs';

/** What both programs are told. */
export interface CommonArguments {
  readonly relay: string;
  readonly coordinator: string;
  readonly appId: string;
  readonly stream: string;
  readonly healthPort: number;
  readonly healthHost: string;
  readonly leaseMs: number | undefined;
  readonly drainMs: number | undefined;
  /** Another OpenAPI host: a simulator, a proxy. */
  readonly apiUrl: string | undefined;
  readonly isSandbox: boolean;
}

export interface AccessArguments extends CommonArguments {
  /** Which of several clusters of one bot in the store; `undefined`: the bot's only one. */
  readonly cluster: string | undefined;
  readonly partitions: number | undefined;
  readonly shards: number | undefined;
  /** What code it runs; see `SessionManagerOptions.release`. */
  readonly release: string | undefined;
  readonly intents: number;
}

export interface WorkerArguments extends CommonArguments {
  readonly group: string;
  /** Module that adds handlers to a bot. */
  readonly handlers: string;
  readonly concurrency: number | undefined;
  readonly maxAttempts: number | undefined;
  readonly handlerTimeoutMs: number | undefined;
  /** Redis that counts what all workers send; `undefined`: each counts its own. */
  readonly replies: string | undefined;
}

const COMMON = {
  relay: { type: 'string' },
  coordinator: { type: 'string' },
  'app-id': { type: 'string' },
  stream: { type: 'string' },
  'health-port': { type: 'string', default: '8080' },
  'health-host': { type: 'string', default: '127.0.0.1' },
  'lease-ms': { type: 'string' },
  'drain-ms': { type: 'string' },
  'api-url': { type: 'string' },
  sandbox: { type: 'boolean', default: false },
} as const;

const COMMON_USAGE = `  --relay URL          the broker: redis://[user:password@]host:port[/db],
                       kafka://[user:password@]host:port,… or pulsar+ws://[:token@]host:port
  --coordinator URL    where processes meet: redis://… or etcd://host:port
  --app-id ID          the bot; its secret is read from the environment variable BOT_SECRET
  --stream NAME        [qq-<app id>]
  --health-port PORT   GET /livez and /readyz; 0 takes any free port [8080]
  --health-host HOST   0.0.0.0 where a probe comes from outside [127.0.0.1]
  --lease-ms N         how long a dead process keeps what it had [10000]
  --drain-ms N         how long work may go on at a stop [5000]
  --api-url URL        another OpenAPI host, such as a simulator
  --sandbox            the platform's sandbox`;

export const ACCESS_USAGE = `Usage: botgo-access --relay URL --coordinator URL --app-id ID [option]…
Holds a bot's gateway connections and passes their events on to a broker. Start as many as you like.

${COMMON_USAGE}
  --partitions N       of the stream, several times the workers you will ever run [16]
  --shards N           [what the platform recommends]
  --cluster NAME       another cluster of the same bot in the same store, beside the first: to change the number of shards
  --release NAME       what code this process runs, e.g. the tag of its image: through a deployment each shard moves once
  --events A,B,…       names of events to ask for [GROUP_AT_MESSAGE_CREATE,C2C_MESSAGE_CREATE,AT_MESSAGE_CREATE]
  --intents MASK       their intents as a number, instead of --events`;

export const WORKER_USAGE = `Usage: botgo-worker --relay URL --coordinator URL --app-id ID --handlers FILE [option]…
Handles the events that botgo-access passes on. Start as many as you like.

${COMMON_USAGE}
  --handlers FILE      a module whose default export is a function that is given the Bot
  --group NAME         workers of one group share the events [logic]
  --concurrency N      handlers that may run side by side [256]
  --max-attempts N     tries before an event becomes a dead letter [5]
  --handler-timeout-ms N   how long a handler may take [60000]
  --replies URL        a Redis that counts replies, quotas and paces once for all workers: redis://…`;

/** @throws {ConfigError} with a sentence for whoever typed it. */
export function readAccessArguments(args: readonly string[]): AccessArguments {
  const values = parse(args, {
    ...COMMON,
    partitions: { type: 'string' },
    shards: { type: 'string' },
    cluster: { type: 'string' },
    release: { type: 'string' },
    events: { type: 'string', default: 'GROUP_AT_MESSAGE_CREATE,C2C_MESSAGE_CREATE,AT_MESSAGE_CREATE' },
    intents: { type: 'string' },
  });
  return {
    ...common(values),
    partitions: optionalCount('--partitions', values.partitions),
    shards: optionalCount('--shards', values.shards),
    cluster: clusterName(values.cluster),
    release: values.release,
    intents: count('--intents', values.intents) ?? intentsOf(values.events ?? ''),
  };
}

/** @throws {ConfigError} with a sentence for whoever typed it. */
export function readWorkerArguments(args: readonly string[]): WorkerArguments {
  const values = parse(args, {
    ...COMMON,
    handlers: { type: 'string' },
    group: { type: 'string', default: 'logic' },
    concurrency: { type: 'string' },
    'max-attempts': { type: 'string' },
    'handler-timeout-ms': { type: 'string' },
    replies: { type: 'string' },
  });
  return {
    ...common(values),
    handlers: required('--handlers', values.handlers),
    group: values.group ?? 'logic',
    concurrency: optionalCount('--concurrency', values.concurrency),
    maxAttempts: optionalCount('--max-attempts', values['max-attempts']),
    handlerTimeoutMs: optionalCount('--handler-timeout-ms', values['handler-timeout-ms']),
    replies: values.replies,
  };
}

type Values = Readonly<Record<string, string | undefined>> & { readonly isSandbox: boolean };

function parse(
  args: readonly string[],
  options: Readonly<
    Record<string, { readonly type: 'string' | 'boolean'; readonly default?: string | boolean }>
  >,
): Values {
  try {
    const { values } = parseArgs({ args: [...args], options: { ...options }, strict: true });
    const texts: Record<string, string | undefined> = {};
    for (const [name, value] of Object.entries(values)) if (typeof value === 'string') texts[name] = value;
    return { ...texts, isSandbox: values.sandbox === true } as Values;
  } catch (cause) {
    throw new ConfigError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function common(values: Values): CommonArguments {
  const appId = required('--app-id', values['app-id']);
  return {
    relay: required('--relay', values.relay),
    coordinator: required('--coordinator', values.coordinator),
    appId,
    stream: values.stream ?? `qq-${appId}`,
    healthPort: count('--health-port', values['health-port']) ?? 8_080,
    healthHost: values['health-host'] ?? '127.0.0.1',
    leaseMs: optionalCount('--lease-ms', values['lease-ms']),
    drainMs: count('--drain-ms', values['drain-ms']),
    apiUrl: values['api-url'],
    isSandbox: values.isSandbox,
  };
}

/** Without a colon: it may not name the cluster of a group's workers. */
function clusterName(text: string | undefined): string | undefined {
  if (text !== undefined && !/^[\w.-]+$/.test(text))
    throw new ConfigError(
      `--cluster must be of letters, digits, ".", "_" and "-", got ${JSON.stringify(text)}`,
    );
  return text;
}

function required(name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new ConfigError(`${name} is missing`);
  return value;
}

function count(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new ConfigError(`${name} must be a whole number, got ${JSON.stringify(text)}`);
  return value;
}

function optionalCount(name: string, text: string | undefined): number | undefined {
  const value = count(name, text);
  if (value === 0) throw new ConfigError(`${name} must be 1 or more`);
  return value;
}

function intentsOf(names: string): number {
  let mask = 0;
  for (const name of names.split(',')) {
    if (!isKnownEventType(name))
      throw new ConfigError(
        `--events: there is no event ${JSON.stringify(name)}; an unknown one needs --intents`,
      );
    mask |= eventToIntent(name);
  }
  return mask;
}
