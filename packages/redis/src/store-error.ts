import { BotgoError, isBotgoError } from 'botgo/errs';

/** Codes of Redis errors that a person must act on, and what to do. */
const ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /^WRONGPASS|invalid password/i,
    'Redis refused the user name or password: correct it in the URL or the client',
  ],
  [/^NOAUTH/, 'Redis wants a password: put it into the URL (redis://:password@host:port) or the client'],
  [
    // The second is what Redis 7 says of a command inside a script.
    /NOPERM|user executing the script can't/,
    "Redis' ACL forbids this user a command, key or channel that botgo needs: the README of @botgo/redis has the ACL",
  ],
  // Where a script met it, Redis 6.2 says so first: `ERR Error running script (…): -OOM …`.
  [/(^|: -)(MISCONF|OOM) /, 'Redis refuses writes: free its disk or memory'],
  [/(^|: -)READONLY /, 'Redis is a replica that refuses writes: connect to the master, or through Sentinel'],
  [
    /^MOVED|^ASK /,
    'This Redis is one node of a Cluster: give a client for the whole of it, new Cluster([…]) of ioredis',
  ],
  [
    /unknown command/i,
    'This server lacks a command that botgo needs: is it a Sentinel (give a client of ioredis with `sentinels`), or a proxy?',
  ],
  [
    /certificate/i,
    "Redis' certificate is not trusted, or is for another host: give a client of ioredis with `tls: { ca }`, or set NODE_EXTRA_CA_CERTS",
  ],
  [
    /SSL routines|wrong version number/i,
    'Redis and this process do not agree on TLS: rediss:// is with it, redis:// without',
  ],
  [/RESP type|Protocol error/, 'What answers there is not Redis: correct host and port'],
  [/ENOTFOUND|EAI_AGAIN/, 'The host of Redis cannot be found: correct its name in the URL or the client'],
  [/DB index is out of range/, 'This Redis has no database of that number: correct the end of the URL'],
  [/^DENIED/, 'Redis is in protected mode, which lets nobody in from elsewhere: give it a password'],
  [/^CROSSSLOT/, "The keys of one bot lie on several nodes: do not set the client's keyPrefix"],
];

/** Any failure of Redis as a {@link BotgoError} `BOTGO_STORE`, without what the command carried: that may be a password. */
export function toStoreError(what: string, error: unknown): BotgoError {
  if (isBotgoError(error)) return error;
  const message = messageOf(error);
  const advice = ADVICE.find(([pattern]) => pattern.test(message))?.[1] ?? `Redis could not ${what}`;
  return new BotgoError('BOTGO_STORE', `${advice} (${message})`, { cause: plainCause(error, message) });
}

/** What there is to say of a connection that could not be made, e.g. for a log. */
export function messageOf(error: unknown): string {
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
