import { BotgoError, isBotgoError } from './botgo-error.js';

/**
 * What a call rejects with when its signal aborts: the signal's reason when that is an error of ours (a lost lease keeps its code),
 * else `BOTGO_ABORTED` with the reason as cause.
 * @param what - The call, as it should stand in the message.
 */
export function abortedError(signal: AbortSignal, what: string): BotgoError {
  const reason: unknown = signal.reason;
  if (isBotgoError(reason)) return reason;
  return new BotgoError('BOTGO_ABORTED', `${what} was aborted by its caller`, { cause: reason });
}
