import { MessageChannel } from 'node:worker_threads';

/**
 * Keeps the process alive until the returned function is called. A socket does so by itself, but between two connections there is
 * only a timer, and our timers let a process end.
 */
export function holdProcess(): () => void {
  const { port1 } = new MessageChannel();
  port1.on('message', () => {});
  return () => port1.close();
}
