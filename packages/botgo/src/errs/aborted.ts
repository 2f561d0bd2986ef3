import { BotgoError, isBotgoError } from './botgo-error.js';

/**
 * What a call rejects with when its signal aborts: the signal's reason when that is an error of ours (a lost lease keeps its code),
 * else `BOTGO_ABORTED` with the reason as cause.
 * @param what - The call, as it should stand in the message.
 */
export function abortedError(signal: AbortSignal, what: string): BotgoError {
  return stoppedError(signal.reason, what);
}

/** As {@link abortedError}, where the reason came by another way than a signal. */
export function stoppedError(reason: unknown, what: string): BotgoError {
  if (isBotgoError(reason)) return reason;
  return new BotgoError('BOTGO_ABORTED', `${what} was aborted by its caller`, { cause: reason });
}
