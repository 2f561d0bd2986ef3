import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** What takes a client's connection and says for a while that it is still reading its data, as Redis does after a start. */
export interface LoadingRedis {
  readonly url: string;
  /** How often it was asked whether it is done. */
  readonly asked: number;
  close(): void;
}

/**
 * Answers as little of Redis' protocol as a client needs to connect and to PING. Real servers load too fast to be met loading.
 * @param looks - It is done when it was asked so often; until then it says that it will take an hour.
 */
export async function startLoadingRedis(looks: number): Promise<LoadingRedis> {
  let asked = 0;
  const commands: Readonly<Record<string, () => string>> = {
    HELLO: () => '%1\r\n$5\r\nproto\r\n:3',
    PING: () => '+PONG',
    INFO: () => {
      asked++;
      const text = `redis_version:7.0.0\r\nloading:${asked < looks ? 1 : 0}\r\nloading_eta_seconds:3600\r\n`;
      return `$${text.length}\r\n${text}`;
    },
  };
  const server = createServer((socket) => {
    socket.on('data', (data) => {
      for (const [, name = ''] of data.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g))
        socket.write(`${commands[name.toUpperCase()]?.() ?? '+OK'}\r\n`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${port}`,
    get asked() {
      return asked;
    },
    close: () => void server.close(),
  };
}
