import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;

/**
 * A socket for kafkajs whose end is told as a failure. kafkajs strikes a broker that ended a connection off its list, as if it had left
 * the cluster for good; a consumer with none left on the list gives up without leaving its group, which then waits a whole session
 * for it. A broker that cannot be reached stays on the list until the others say that it is gone.
 */
export const steadySocket: ISocketFactory = ({ host, port, ssl, onConnect }): Socket => {
  const socket = ssl
    ? connectSecurely({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  // Heard before kafkajs hears of the end.
  socket.once('end', () => {
    if (socket.writableEnded) return;
    socket.emit(
      'error',
      Object.assign(new Error('the broker closed the connection'), { code: 'ECONNRESET' }),
    );
  });
  return socket;
};
