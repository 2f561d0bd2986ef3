import type { WebsocketAP } from '../dto/index.js';
import { BotgoError } from '../errs/index.js';
import type { EventSink, EventSource, SourceStatus } from '../event/index.js';
import type { TokenSource } from '../token/index.js';
import type { SessionManagerOptions } from './manager-options.js';
import { SessionManager } from './session-manager.js';

/** How {@link GatewaySource} is made. */
export interface GatewaySourceOptions extends Omit<SessionManagerOptions, 'sink'> {
  readonly tokenSource: TokenSource;
  /** Asks for `GET /gateway/bot`; called at the start, and again to learn what is left of the day's session starts. */
  readonly accessPoint: () => Promise<WebsocketAP>;
  /** Default: what the platform recommends. */
  readonly shards?: number | undefined;
  /** Intents besides those that the handlers need. Default: none. */
  readonly intents?: number | undefined;
}

/** The gateway as an {@link EventSource}: every shard of a bot, by a {@link SessionManager}. */
export class GatewaySource implements EventSource {
  readonly #options: GatewaySourceOptions;
  readonly #onManager: ((manager: SessionManager) => void) | undefined;
  #manager: SessionManager | undefined;
  #isStopped = false;

  /** @param onManager - Called with the manager before it starts, to listen to its events. */
  constructor(options: GatewaySourceOptions, onManager?: (manager: SessionManager) => void) {
    this.#options = options;
    this.#onManager = onManager;
  }

  /** The manager behind it, once it runs. */
  get manager(): SessionManager | undefined {
    return this.#manager;
  }

  async run(sink: EventSink, signal?: AbortSignal): Promise<void> {
    if (this.#manager || this.#isStopped)
      throw new BotgoError('BOTGO_CLOSED', 'this source was run before: make a new one');
    const { tokenSource, accessPoint, shards, intents = 0, ...options } = this.#options;
    const manager = new SessionManager({ refreshAccessPoint: accessPoint, ...options, sink });
    this.#manager = manager;
    this.#onManager?.(manager);
    const ap = await accessPoint();
    if (this.#isStopped) return;
    await manager.start({ ...ap, shards: shards ?? ap.shards }, tokenSource, sink.intents | intents, {
      signal,
    });
  }

  status(): SourceStatus {
    return { isReady: this.#manager?.status().isReady ?? false };
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#manager?.stop();
  }
}
