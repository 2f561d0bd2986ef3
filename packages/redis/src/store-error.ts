import { BotgoError, isBotgoError } from 'botgo/errs';

/** Codes of Redis errors that a person must act on, and what to do. */
const ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /^WRONGPASS|invalid password/i,
    'Redis refused the user name or password: correct it in the URL or the client',
  ],
  [/^NOAUTH/, 'Redis wants a password: put it into the URL (redis://:password@host:port) or the client'],
  [
    /^NOPERM/,
    "Redis' ACL forbids this user the commands or keys botgo needs (keys botgo:*, commands of hashes, lists, scripts, pub/sub)",
  ],
  [/^MISCONF|^OOM/, 'Redis refuses writes: free its disk or memory'],
  [/^READONLY/, 'Redis is a replica that refuses writes: connect to the master, or through Sentinel'],
  [/^CROSSSLOT/, "The keys of one bot lie on several nodes: do not set the client's keyPrefix"],
];

/** Any failure of Redis as a {@link BotgoError} `BOTGO_STORE`, without what the command carried: that may be a password. */
export function toStoreError(what: string, error: unknown): BotgoError {
  if (isBotgoError(error)) return error;
  const message = messageOf(error);
  const advice = ADVICE.find(([pattern]) => pattern.test(message))?.[1] ?? `Redis could not ${what}`;
  return new BotgoError('BOTGO_STORE', `${advice} (${message})`, { cause: plainCause(error, message) });
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  // Node's error of a connection tried at several addresses has a code and no text.
  return 'code' in error ? String(error.code) : error.name;
}

/** A reply error of ioredis carries the command with its arguments, AUTH's included: keep the text alone. */
function plainCause(error: unknown, message: string): Error {
  const cause = new Error(message);
  if (error instanceof Error) cause.name = error.name;
  return cause;
}
