import { includesEvent, permittedIntents } from '../rules/intents.js';
import { Connection, type Wire } from './connection.js';
import { prepare, type Route, routeOf, type WorldEvent } from './event.js';
import { CLOSE } from './frames.js';
import { handshake } from './handshake.js';
import type { GatewayHost } from './host.js';
import type { SessionView } from './observer.js';
import type { PreparedEvent } from './replay.js';
import type { Session } from './session.js';
import { SessionBook } from './session-book.js';

/**
 * The gateway without its sockets: sessions, identify, resume, replay and routing. It gets frames and closings through
 * {@link Connection} and answers through {@link Wire}.
 */
export class Gateway {
  readonly book = new SessionBook();
  readonly connections = new Set<Connection>();
  #nextConnection = 1;
  #ordinal = 0;
  /** Intents of each bot's last Identify. */
  readonly #lastIntents = new Map<string, number>();

  constructor(readonly host: GatewayHost) {}

  /** A socket was accepted: says Hello and returns its protocol side. */
  open(wire: Wire): Connection {
    const connection = new Connection(this.#nextConnection++, wire, this);
    this.connections.add(connection);
    this.host.observer.connected(connection.id);
    connection.hello();
    return connection;
  }

  nextOrdinal(): number {
    return ++this.#ordinal;
  }

  readonly handshake = handshake(this);

  noteIntents(appId: string, intents: number): void {
    this.#lastIntents.set(appId, intents);
  }

  /** True when the bot asked for this event in its last Identify. */
  wants(appId: string, t: string): boolean {
    const mask = this.#lastIntents.get(appId);
    return mask !== undefined && includesEvent(mask, t);
  }

  hasConnection(appId: string): boolean {
    return this.book.ofBot(appId).some((session) => session.line !== undefined);
  }

  /** Gives an event to every session that is to have it; returns how many took it. */
  publish(event: WorldEvent): number {
    const { clock, switches, ids, observer } = this.host;
    const nowMs = clock.now();
    const route = routeOf(event.t, event.d);
    const dText = JSON.stringify(event.d) ?? 'null';
    const id = switches.eventIds === 'absent' ? undefined : (event.id ?? `${event.t}:${ids.uuid()}`);
    const shared = switches.eventIds === 'per-session' ? undefined : prepare(event, dText, id);
    let taken = 0;
    for (const appId of event.appIds) {
      const before = taken;
      taken += this.#deliver(appId, event.t, route, nowMs, (session) => {
        return shared ?? prepare(event, dText, `${id}-${session.info.ordinal}`);
      });
      if (before === taken && (event.n ?? 0) > 0 && this.wants(appId, event.t)) {
        observer.eventsRefused([event.n ?? 0], 'no-session');
      }
    }
    return taken;
  }

  #deliver(
    appId: string,
    t: string,
    route: Route,
    nowMs: number,
    prepared: (session: Session) => PreparedEvent,
  ): number {
    const { switches } = this.host;
    const bot = this.host.bot(appId);
    const permitted = bot === undefined ? 0 : permittedIntents(bot);
    let taken = 0;
    this.book.route(appId, route, switches.eventsWithoutGuild, (session) => {
      if (!includesEvent(session.info.intents & permitted, t)) return;
      taken++;
      const event = prepared(session);
      session.push(event, nowMs);
      this.bound(session, nowMs);
    });
    return taken;
  }

  /** Drops what a session no longer keeps, and says which of it no connection ever got. */
  bound(session: Session, nowMs: number): void {
    const { switches, observer } = this.host;
    const dropped = session.replay.bound(switches.replayEvents, nowMs - switches.replayMs);
    if (dropped.length > 0) observer.eventsRefused(numbersOf(dropped), 'buffer-ended');
  }

  /** Ends a session: nothing can resume it. Its connection, if any, stays as it is. */
  end(session: Session, by: 'by-bot' | 'by-platform', reason: string): void {
    if (session.ended !== false) return;
    session.ended = by;
    this.book.retire(session);
    const unsent = session.replay.clear();
    if (by === 'by-platform') this.host.observer.sessionEnded(session.view(), reason);
    if (unsent.length > 0) this.host.observer.eventsRefused(numbersOf(unsent), 'buffer-ended');
  }

  /** Ends a session and closes the connection that it is on, if any. */
  endAndClose(session: Session, reason: string, code: number, closeReason: string): void {
    const connection = this.connectionOf(session);
    this.end(session, 'by-platform', reason);
    connection?.close(code, closeReason);
  }

  /** A connection is gone: its session waits for a Resume, or ends. */
  left(connection: Connection, code: number): void {
    this.connections.delete(connection);
    const session = connection.session;
    this.host.observer.disconnected(connection.id, code, session?.view());
    if (session === undefined || session.line !== connection.line) return;
    const { clock, switches } = this.host;
    session.line = undefined;
    session.lostAtMs = clock.now();
    if (code === 1000 && connection.closedByClient && switches.close1000 === 'ends') {
      this.end(session, 'by-bot', 'closed with 1000');
      return;
    }
    const lostAtMs = session.lostAtMs;
    const closedByBot = code === 1000 && connection.closedByClient;
    clock.after(switches.replayMs, () => {
      if (session.lostAtMs !== lostAtMs) return;
      this.end(session, closedByBot ? 'by-bot' : 'by-platform', 'not resumed in time');
    });
  }

  /** The connection that a session is on. */
  connectionOf(session: Session): Connection | undefined {
    for (const connection of this.connections) if (connection.line === session.line) return connection;
    return undefined;
  }

  views(): SessionView[] {
    return [...this.book.all()].map((session) => session.view());
  }

  /** Closes every connection and forgets every session. */
  reset(): void {
    for (const session of this.book.all()) this.end(session, 'by-platform', 'the simulator was reset');
    for (const connection of [...this.connections])
      connection.close(CLOSE.expired, 'the simulator was reset');
    this.book.clear();
    this.#lastIntents.clear();
  }
}

function numbersOf(events: readonly PreparedEvent[]): number[] {
  return events.map((event) => event.n).filter((n) => n > 0);
}
