import type { Clock } from '../clock/index.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** A terminal's Ctrl-C reaches a program started by npm twice: by the terminal and by npm. That is one wish, not two. */
const SAME_KEY_MS = 500;

/**
 * Calls `drain` at the first SIGTERM or SIGINT and `stop` at the second; a third ends the process as if nobody listened.
 * @returns A function that stops listening.
 */
export function onTermination(clock: Clock, drain: () => void, stop: () => void): () => void {
  let count = 0;
  let lastInterruptMs = Number.NEGATIVE_INFINITY;
  const listener = (signal: NodeJS.Signals): void => {
    const isRepeat = signal === 'SIGINT' && clock.now() - lastInterruptMs < SAME_KEY_MS;
    if (signal === 'SIGINT') lastInterruptMs = clock.now();
    if (isRepeat) return;
    count++;
    if (count === 1) return drain();
    remove();
    stop();
  };
  function remove(): void {
    for (const signal of SIGNALS) process.off(signal, listener);
  }
  for (const signal of SIGNALS) process.on(signal, listener);
  return remove;
}
