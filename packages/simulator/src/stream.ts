import type { SimClock } from './clock.js';
import type { WorldEvent } from './gateway/event.js';
import type { GatewayObserver, RefusedReason, SessionView } from './gateway/observer.js';
import type { Sent } from './outbox.js';
import type { Delivery } from './webhook/hub.js';

/** Something that happened on the simulated platform. `at` is Unix ms. */
export type SimEvent = { readonly at: number } & (
  | { readonly type: 'connected'; readonly connection: number }
  | {
      readonly type: 'disconnected';
      readonly connection: number;
      readonly code: number;
      readonly session?: SessionView;
    }
  | { readonly type: 'identify'; readonly session: SessionView }
  | { readonly type: 'resume'; readonly session: SessionView; readonly replayed: number }
  | {
      readonly type: 'rejected';
      readonly what: 'identify' | 'resume';
      readonly code: number;
      readonly reason: string;
    }
  | { readonly type: 'session-ended'; readonly session: SessionView; readonly reason: string }
  | { readonly type: 'heartbeat'; readonly session?: SessionView; readonly d: unknown }
  | {
      readonly type: 'event';
      readonly t: string;
      readonly id: string;
      readonly d: unknown;
      /** Sessions that it went to. */
      readonly sessions: number;
      readonly n: number;
    }
  | { readonly type: 'refused'; readonly numbers: readonly number[]; readonly reason: RefusedReason }
  | {
      readonly type: 'call';
      readonly appId: string;
      readonly method: string;
      readonly path: string;
      readonly status: number;
      readonly code: number;
      readonly ms: number;
    }
  | { readonly type: 'message'; readonly sent: Sent }
  | ({ readonly type: 'delivery' } & Delivery)
  | { readonly type: 'fault'; readonly kind: string }
  | { readonly type: 'reset' }
  | { readonly type: 'warning'; readonly text: string; readonly fields: Readonly<Record<string, unknown>> }
);

type Untimed<T> = T extends unknown ? Omit<T, 'at'> : never;

export type SimEventType = SimEvent['type'];
export type SimListener = (event: SimEvent) => void;

/** Hands everything that happens to whoever listens; builds nothing while nobody does. */
export class Stream {
  readonly #listeners = new Map<SimListener, ReadonlySet<SimEventType> | undefined>();
  readonly #warned = new Set<string>();
  #wanted: ReadonlySet<SimEventType> = new Set();
  #wantsMost = false;

  constructor(private readonly clock: SimClock) {}

  /**
   * Calls `listener` for what happens from now on, heartbeats only when `types` names them.
   * @returns ends the subscription
   */
  subscribe(listener: SimListener, types?: readonly SimEventType[]): () => void {
    this.#listeners.set(listener, types === undefined ? undefined : new Set(types));
    this.#recount();
    return () => {
      this.#listeners.delete(listener);
      this.#recount();
    };
  }

  /** True when somebody listens for this type: a load run must not build what nobody reads. */
  #isWanted(type: SimEventType): boolean {
    return this.#wantsMost ? type !== 'heartbeat' || this.#wanted.has(type) : this.#wanted.has(type);
  }

  #recount(): void {
    const lists = [...this.#listeners.values()];
    this.#wantsMost = lists.includes(undefined);
    this.#wanted = new Set(lists.flatMap((types) => [...(types ?? [])]));
  }

  emit(event: Untimed<SimEvent>): void {
    if (!this.#isWanted(event.type)) return;
    const timed: SimEvent = { at: this.clock.wall(), ...event };
    for (const [listener, types] of this.#listeners) {
      if (types === undefined ? event.type !== 'heartbeat' : types.has(event.type)) listener(timed);
    }
  }

  event(event: WorldEvent, sessions: number): void {
    if (!this.#isWanted('event')) return;
    this.emit({ type: 'event', t: event.t, id: event.id ?? '', d: event.d, sessions, n: event.n ?? 0 });
  }

  /** Once per bot: the platform no longer takes the fixed token. */
  warnFixedToken(appId: string): void {
    if (this.#warned.has(appId)) return;
    this.#warned.add(appId);
    this.emit({
      type: 'warning',
      text: 'the fixed token is accepted here only; the platform answers 11245: use the access token',
      fields: { appId },
    });
  }

  /** The gateway's view of this stream. */
  readonly gateway: GatewayObserver = {
    connected: (connection) => this.emit({ type: 'connected', connection }),
    disconnected: (connection, code, session) =>
      this.emit({ type: 'disconnected', connection, code, ...(session === undefined ? {} : { session }) }),
    identified: (session) => this.emit({ type: 'identify', session }),
    resumed: (session, replayed) => this.emit({ type: 'resume', session, replayed }),
    rejected: (info) => this.emit({ type: 'rejected', ...info }),
    sessionEnded: (session, reason) => this.emit({ type: 'session-ended', session, reason }),
    heartbeat: (session, d) =>
      this.emit({ type: 'heartbeat', d, ...(session === undefined ? {} : { session }) }),
    eventsRefused: (numbers, reason) => this.emit({ type: 'refused', numbers, reason }),
  };
}
