import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { Wire } from './connection.js';
import type { Gateway } from './gateway.js';
import { encodeTextFrames } from './text-frames.js';

/** Largest frame of a client; above it the socket is closed with 1009. */
const MAX_FRAME_BYTES = 1024 * 1024;
/** Unsent bytes at which a client that does not read is cut off; its session can be resumed. */
const MAX_BUFFERED_BYTES = 256 * 1024 * 1024;

const MAX_FRAMES_A_WRITE = 512;

/** The gateway's sockets. */
export interface SocketServer {
  /** Bytes that wait for the slowest client. */
  bufferedBytes(): number;
  /** Ends every socket at once. */
  close(): void;
}

/** @param admits - false for an upgrade that must be refused (foreign host or origin) */
export function serveSockets(
  server: Server,
  gateway: Gateway,
  admits: (request: IncomingMessage) => boolean,
): SocketServer {
  const wss = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false });
  const sockets = new Set<WebSocket>();
  server.on('upgrade', (request, stream, head) => {
    const socket = stream as Socket;
    socket.on('error', () => socket.destroy());
    if (!admits(request)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    wss.handleUpgrade(request, socket, head, (ws) => {
      sockets.add(ws);
      ws.once('close', () => sockets.delete(ws));
      attach(ws, socket, gateway);
    });
  });
  return {
    bufferedBytes() {
      let most = 0;
      for (const ws of sockets) most = Math.max(most, ws.bufferedAmount);
      return most;
    },
    close() {
      for (const ws of sockets) ws.terminate();
      wss.close();
    },
  };
}

function attach(ws: WebSocket, socket: Socket, gateway: Gateway): void {
  let waiting: string[] = [];
  const flush = () => {
    if (waiting.length === 0) return;
    const texts = waiting;
    waiting = [];
    if (ws.readyState !== WebSocket.OPEN) return;
    socket.write(encodeTextFrames(texts));
    if (socket.writableLength > MAX_BUFFERED_BYTES) ws.terminate();
  };
  const wire: Wire = {
    send(text) {
      // All frames of one turn of the event loop leave in one write.
      if (waiting.length === 0) setImmediate(flush);
      else if (waiting.length >= MAX_FRAMES_A_WRITE) flush();
      waiting.push(text);
    },
    // A close frame has room for 123 bytes of reason.
    close(code, reason) {
      flush();
      ws.close(code, reason.slice(0, 120));
    },
    cut: () => ws.terminate(),
    mute: () => void socket.pause(),
  };
  const connection = gateway.open(wire);
  ws.on('message', (data, isBinary) => connection.receive(isBinary ? 'binary' : String(data)));
  ws.on('close', (code) => connection.closed(code));
  // A frame that breaks RFC 6455 ends the socket; 'close' follows.
  ws.on('error', () => {});
}
