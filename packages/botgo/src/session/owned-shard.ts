import type { CarefulStart } from '../delivery/index.js';
import type { Connection, ConnectionOptions, ConnectionStatus } from '../gateway/index.js';
import type { OwnedResource, StateWrite } from './coordinator.js';
import { SettledSince } from './settled-since.js';
import {
  readShardState,
  type ShardState,
  type TakenState,
  writerOf,
  writeShardState,
} from './shard-state.js';

/** What the manager needs of a connection; `setWebsocketClient` may put another in its place. */
export type ShardConnection = Pick<
  Connection,
  'run' | 'drain' | 'close' | 'revoke' | 'status' | 'session' | 'inFlight' | 'on'
>;

/** Makes the connection of one shard. */
export type ConnectionFactory = (options: ConnectionOptions) => ShardConnection;

/** In-flight marks that are stored where nothing is under suspicion; else all are, the guilty one must be among them. */
const MAX_IN_FLIGHT = 256;

/** A state that is being written. */
export interface PendingWrite {
  readonly write: StateWrite;
  /** Call when it is stored. */
  confirm(): void;
}

/** One shard that this member owns: its connection, its fencing token, and what of it is stored. */
export class OwnedShard {
  readonly name: string;
  readonly shard: number;
  readonly taken: TakenState;
  token: number;
  /** It is being handed over. */
  isLeaving = false;
  /** The last checkpoint whose write was confirmed: what a heartbeat may acknowledge. */
  storedSeq: number | null;
  #connection: ShardConnection | undefined;
  #storedKey = '';
  readonly #settled: SettledSince;
  /** Checkpoint moves since the last write. */
  moved = 0;
  /** Set where the last owner may have died of what comes again. */
  careful: CarefulStart | undefined;

  /** @param outlivedToken - Under which this same process last owned the shard, until it lost its lease: it did not die of what was in flight. */
  constructor(resource: OwnedResource, shard: number, wallNowMs: number, outlivedToken?: number) {
    this.name = resource.name;
    this.shard = shard;
    this.token = resource.token;
    const wasOurs = outlivedToken !== undefined && writerOf(resource.state) === outlivedToken;
    this.taken = readShardState(resource.state, resource.afterCrash && !wasOurs, wallNowMs);
    this.storedSeq = this.taken.session?.seq ?? null;
    this.#settled = new SettledSince(this.taken.session?.id, wallNowMs - this.taken.settledAgeMs);
  }

  attach(connection: ShardConnection): void {
    this.#connection = connection;
  }

  get connection(): ShardConnection | undefined {
    return this.#connection;
  }

  status(): ConnectionStatus | undefined {
    return this.#connection?.status();
  }

  state(wallNowMs: number): ShardState {
    const { taken } = this;
    const session = this.#connection ? this.#connection.session : taken.session;
    // The marks of another session are other events.
    const careful = session && session.id === taken.session?.id ? this.careful : undefined;
    const limit = careful ? Number.POSITIVE_INFINITY : MAX_IN_FLIGHT;
    const inFlight = this.#connection?.inFlight(limit) ?? [];
    const settledAt = this.#settled.at(session, this.status());
    const { token } = this;
    if (!careful) return writeShardState(session, inFlight, {}, wallNowMs, { settledAt, token });
    const isSuspect =
      taken.suspects === 'all' && (session?.seq ?? Number.NEGATIVE_INFINITY) < careful.untilMark;
    const deaths: Record<string, number> = { ...taken.deaths };
    // They saw the death of the last owner, whether or not it could write that down.
    if (isSuspect) for (const mark of inFlight) if (mark <= careful.untilMark) deaths[mark] ??= 1;
    return writeShardState(session, inFlight, deaths, wallNowMs, { isSuspect, settledAt, token });
  }

  /** The store has forgotten what was written: write it again. */
  forgetStored(): void {
    this.#storedKey = '';
  }

  /** The state, if it differs from what is stored. */
  pending(wallNowMs: number): PendingWrite | undefined {
    const state = this.state(wallNowMs);
    const key = `${state.session?.id} ${state.session?.seq} ${state.inFlight.join()}`;
    if (key === this.#storedKey) return undefined;
    return {
      write: { name: this.name, token: this.token, state },
      confirm: () => {
        this.#storedKey = key;
        this.moved = 0;
        this.storedSeq = state.session?.seq ?? null;
      },
    };
  }
}
