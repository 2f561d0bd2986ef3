import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * One node's way to the store. While it is cut nothing gets through either way and nobody is told: connections stay open, as behind a
 * firewall that drops packets. Healed, those that lost bytes are reset.
 */
export class StoreProxy {
  readonly port: number;
  /** Bytes that did not get through. */
  dropped = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #torn = new Set<Socket>();
  #isCut = false;

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => this.#join(socket, connect(targetPort, '127.0.0.1')));
  }

  static async open(targetPort: number): Promise<StoreProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new StoreProxy(server, targetPort);
  }

  #join(near: Socket, far: Socket): void {
    this.#pass(near, far);
    this.#pass(far, near);
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    // What was accepted while nothing gets through may never have been heard of on the other side.
    if (this.#isCut) this.#torn.add(from);
    from.on('data', (chunk) => {
      if (this.#isCut) {
        this.dropped += chunk.length;
        this.#torn.add(from).add(to);
        return;
      }
      if (to.writable && !to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    // A reset is seen as a close.
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      if (this.#isCut) this.#torn.add(to);
      else to.destroy();
    });
  }

  cut(): void {
    this.#isCut = true;
  }

  heal(): void {
    this.#isCut = false;
    for (const socket of this.#torn) socket.destroy();
    this.#torn.clear();
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }
}
