import type { Cancel } from '../clock.js';
import {
  CLOSE,
  type ClientFrame,
  type FrameProblem,
  type IdentifyData,
  OP,
  type ResumeData,
  readFrame,
} from './frames.js';
import type { GatewayHost } from './host.js';
import type { Line, Session } from './session.js';

/** The socket of a connection, as the protocol sees it. */
export interface Wire {
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Ends the TCP connection without a close frame. */
  cut(): void;
  /** Stops reading: neither pings nor close frames are answered from now on. */
  mute(): void;
}

/** What decides about Identify and Resume. */
export interface Handshake {
  identify(connection: Connection, data: IdentifyData): void;
  resume(connection: Connection, data: ResumeData): void;
}

/** What a connection asks its gateway. */
export interface ConnectionOwner {
  readonly host: GatewayHost;
  readonly handshake: Handshake;
  left(connection: Connection, code: number): void;
}

/** The protocol side of one gateway connection. */
export class Connection {
  session: Session | undefined;
  /** True once the client sent a close frame of its own. */
  closedByClient = false;
  /** True under a fault: nothing goes out and nothing that comes in is read. */
  #silent = false;
  #acksToDrop = 0;
  #lastHeartbeatMs: number;
  #windowStartMs: number;
  #windowCount = 0;
  #closing = false;
  #watch: Cancel | undefined;
  /** What the session writes to; a new object would be another line. */
  readonly line: Line;

  constructor(
    readonly id: number,
    private readonly wire: Wire,
    private readonly gateway: ConnectionOwner,
  ) {
    this.#lastHeartbeatMs = gateway.host.clock.now();
    this.#windowStartMs = this.#lastHeartbeatMs;
    const isWritable = () => !this.#silent && !this.#closing;
    this.line = {
      send: (text) => this.#send(text),
      get isWritable() {
        return isWritable();
      },
    };
  }

  get isSilent(): boolean {
    return this.#silent;
  }

  hello(): void {
    const { heartbeatMs } = this.gateway.host.switches;
    this.#send(`{"op":10,"d":{"heartbeat_interval":${heartbeatMs}}}`);
    this.#watchHeartbeat();
  }

  /** A frame came in. Binary frames are not part of the protocol. */
  receive(data: string | 'binary'): void {
    if (this.#closing || this.#silent) return;
    if (this.#isTooFast()) {
      this.close(CLOSE.tooFast, 'payloads sent too fast');
      return;
    }
    const frame: ClientFrame | FrameProblem =
      data === 'binary'
        ? { code: CLOSE.invalidPayload, reason: 'binary frames are not understood' }
        : readFrame(data);
    if ('code' in frame) {
      this.close(frame.code, frame.reason);
      return;
    }
    switch (frame.op) {
      case OP.heartbeat:
        this.#heartbeat(frame.d);
        return;
      case OP.identify:
        if (this.session !== undefined) this.close(CLOSE.alreadyAuthenticated, 'already authenticated');
        else this.gateway.handshake.identify(this, frame.d);
        return;
      case OP.resume:
        if (this.session !== undefined) this.close(CLOSE.alreadyAuthenticated, 'already authenticated');
        else this.gateway.handshake.resume(this, frame.d);
        return;
      default:
        frame satisfies never;
    }
  }

  /** The socket is gone. `code` is the peer's close code, 1006 without a close frame. */
  closed(code: number): void {
    this.#watch?.();
    this.closedByClient = !this.#closing && code !== 1006;
    this.#closing = true;
    this.gateway.left(this, code);
  }

  /** Sends op 9 and closes. */
  invalidSession(code: number, reason: string, resumable = false): void {
    this.#send(`{"op":9,"d":${resumable}}`);
    this.close(code, reason);
  }

  /** Asks the client to reconnect, and closes with 4009 when it has not done so after `graceMs`. */
  askToReconnect(graceMs: number): void {
    this.#send('{"op":7}');
    this.gateway.host.clock.after(graceMs, () => this.close(CLOSE.expired, 'reconnect'));
  }

  close(code: number, reason: string): void {
    if (this.#closing) return;
    if (this.#silent) {
      this.cut();
      return;
    }
    this.#closing = true;
    this.wire.close(code, reason);
  }

  cut(): void {
    this.#closing = true;
    this.wire.cut();
  }

  /** From now on no frame leaves, and none that comes is read; the TCP connection stays. */
  goSilent(): void {
    this.#silent = true;
    this.wire.mute();
  }

  dropAcks(count: number): void {
    this.#acksToDrop = count;
  }

  #send(text: string): void {
    if (this.#silent || this.#closing) return;
    this.wire.send(text);
  }

  #heartbeat(d: number | null): void {
    const { host } = this.gateway;
    this.#lastHeartbeatMs = host.clock.now();
    host.observer.heartbeat(this.session?.view(), d);
    if (d !== null && host.switches.trimOnHeartbeat && this.session?.line === this.line) {
      this.session.replay.trim(Math.min(d, this.session.s));
    }
    if (this.#acksToDrop > 0) {
      this.#acksToDrop--;
      return;
    }
    this.#send('{"op":11}');
  }

  #watchHeartbeat(): void {
    const { clock, switches } = this.gateway.host;
    const limitMs = switches.heartbeatMs * switches.heartbeatMisses;
    if (limitMs <= 0) return;
    const dueMs = this.#lastHeartbeatMs + limitMs;
    this.#watch = clock.after(dueMs - clock.now(), () => {
      if (clock.now() < this.#lastHeartbeatMs + limitMs) {
        this.#watchHeartbeat();
        return;
      }
      if (this.session === undefined) this.close(CLOSE.notAuthenticated, 'no Identify in time');
      else this.close(CLOSE.expired, 'no heartbeat in time');
    });
  }

  #isTooFast(): boolean {
    const { clock, switches } = this.gateway.host;
    const nowMs = clock.now();
    if (nowMs - this.#windowStartMs >= 60_000) {
      this.#windowStartMs = nowMs;
      this.#windowCount = 0;
    }
    return switches.payloadsPerMinute > 0 && ++this.#windowCount > switches.payloadsPerMinute;
  }
}
