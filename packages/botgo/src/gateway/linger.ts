import WebSocket from 'ws';
import type { Clock } from '../clock/index.js';

/** How long a peer may take to answer our close frame. */
const CLOSE_WAIT_MS = 1_000;

/** Closes a socket that nobody listens to any more, if need be by force. @returns When it is gone. */
export function lingerUntilClosed(socket: WebSocket, code: number, clock: Clock): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.after(CLOSE_WAIT_MS, () => socket.terminate());
    socket.once('close', () => {
      cancel();
      resolve();
    });
    if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
    else if (socket.readyState === WebSocket.OPEN) socket.close(code);
  });
}
