import type { Clock } from 'botgo/clock';
import { WebSocket } from 'ws';
import { type PulsarPlace, toPulsarError, toStatusError } from './target.js';

const HANDSHAKE_MS = 15_000;
const PING_MS = 10_000;
const CLOSE_MS = 5_000;
const MAX_PAYLOAD = 64 << 20;

/** Which endpoint of the WebSocket API. */
export interface Endpoint {
  /** For errors: what it is opened for. */
  readonly what: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | boolean>>;
}

/**
 * An open connection; one that does not answer a ping until the next is due is ended.
 * @param prepare - Listens for what may come together with the handshake: it is read before the opening has been heard of.
 */
export async function openSocket(
  place: PulsarPlace,
  endpoint: Endpoint,
  clock: Clock,
  prepare?: (socket: WebSocket) => void,
): Promise<WebSocket> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(endpoint.query)) query.set(name, String(value));
  const socket = new WebSocket(`${place.socketUrl}/${endpoint.path}?${query}`, {
    headers: await place.headers(),
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MAX_PAYLOAD,
    perMessageDeflate: false,
  });
  prepare?.(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    // Stays for the life of the socket: whatever fails, `close` follows.
    socket.on('error', (error) => reject(toPulsarError(endpoint.what, error)));
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      reject(toStatusError(endpoint.what, response.statusCode ?? 0));
      socket.terminate();
    });
  });
  watch(socket, clock);
  return socket;
}

/** Closes in order, so that what was sent before is read; ends it when there is no answer. */
export async function closeSocket(socket: WebSocket, clock: Clock): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  await new Promise<void>((resolve) => {
    const cancel = clock.after(CLOSE_MS, () => socket.terminate());
    socket.once('close', () => {
      cancel();
      resolve();
    });
    socket.close(1000);
  });
}

function watch(socket: WebSocket, clock: Clock): void {
  let isAlive = true;
  const alive = (): void => {
    isAlive = true;
  };
  const ping = (): void => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
    cancel = clock.after(PING_MS, ping);
  };
  let cancel = clock.after(PING_MS, ping);
  socket.on('pong', alive);
  socket.on('message', alive);
  socket.once('close', () => cancel());
}
