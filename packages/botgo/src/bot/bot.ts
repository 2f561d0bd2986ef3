import { Delivery, type DeliveryProblem } from '../delivery/index.js';
import { eventToIntent, type Intent, type KnownEventType } from '../dto/index.js';
import { ConfigError } from '../errs/index.js';
import type { EventSource } from '../event/index.js';
import {
  type FileSource,
  type OutgoingFor,
  type Place,
  type ProactiveOptions,
  Replier,
  type Scene,
  type SentMessage,
  type UploadedFile,
  type UploadOptions,
} from '../message/index.js';
import { type OpenAPI, openClient } from '../openapi/index.js';
import { GatewaySource, type SessionManager } from '../session/index.js';
import {
  fetchHandler,
  nodeHandler,
  type WebhookHandlerOptions,
  type WebhookOptions,
  WebhookSource,
} from '../webhook/index.js';
import {
  type BotOptions,
  type GatewayOptions,
  type ResolvedBotOptions,
  resolveBotOptions,
} from './bot-options.js';
import type { CommandHandler, CommandOptions } from './commands.js';
import type { Context, ContextHome } from './context.js';
import { type BotHandler, Router } from './router.js';
import { Runs } from './runs.js';

const AUDIT_EVENTS = ['MESSAGE_AUDIT_PASS', 'MESSAGE_AUDIT_REJECT'] as const;

/** What {@link Bot.onError} is told: an event that was not handled as it should, or a source that ended. */
export type BotErrorHandler = (error: unknown, problem: DeliveryProblem | undefined) => void;

/** How a bot listens for callbacks. */
export type BotWebhookOptions = Partial<Pick<WebhookOptions, 'secret' | 'ack' | 'ackAfterMs' | 'maxAgeMs'>> &
  WebhookHandlerOptions;

/** A bot's callbacks, for the server of one's choice. */
export interface BotWebhook {
  /** For Hono, Bun, Deno, workers: `Request` in, `Response` out. */
  readonly fetch: ReturnType<typeof fetchHandler>;
  /** For `node:http`, Express and the like. */
  readonly node: ReturnType<typeof nodeHandler>;
  /** For several bots behind one address: `nodeHandler([a.source, b.source])`. */
  readonly source: WebhookSource;
}

/** How a bot is doing. */
export interface BotStatus {
  readonly appId: string;
  readonly state: 'idle' | 'running' | 'stopping' | 'stopped';
  /** It does its work, or has a way back to it by itself; when `false`, restart the process. */
  readonly isLive: boolean;
  /** It runs, and each of its sources takes events; `false` while it starts, reconnects or stops. */
  readonly isReady: boolean;
  /** Shards and their health; `undefined` when the bot does not use the gateway. */
  readonly gateway: ReturnType<SessionManager['status']> | undefined;
}

/**
 * A bot: handlers on one side, a transport on the other. The same handlers run over the gateway ({@link Bot.start}), an HTTP callback
 * ({@link Bot.webhook}) or a broker ({@link Bot.from}).
 */
export class Bot implements AsyncDisposable {
  readonly appId: string;
  /** The bot's OpenAPI client. */
  readonly api: OpenAPI;
  readonly #options: ResolvedBotOptions;
  readonly #router: Router;
  readonly #home: ContextHome;
  readonly #runs: Runs;
  readonly #errorHandlers: BotErrorHandler[] = [];
  #delivery: Delivery | undefined;
  #gateway: GatewaySource | undefined;

  /** Does nothing but check its options. @throws {ConfigError} without a credential, or on a bad value. */
  constructor(options: BotOptions) {
    this.#options = resolveBotOptions(options);
    const { appId, tokenSource, sandbox, baseUrl, logger, secrets, clock } = this.#options;
    this.appId = appId;
    const { api, bounded } = openClient({ tokenSource, sandbox, baseUrl, logger, secrets, clock });
    this.api = api;
    this.#home = {
      bounded,
      replier: new Replier(this.api, { media: this.api, ...this.#options.sending }),
    };
    this.#router = new Router({ dropDoubledMessages: this.#options.dropDoubledMessages });
    if (this.#options.audits) for (const type of AUDIT_EVENTS) this.#router.attend(type);
    this.#runs = new Runs({
      clock,
      onEnd: () => this.api.close(),
      onFailure: (error) => this.#report(error, undefined),
    });
  }

  /**
   * Adds a handler for an event; several run in the order in which they were added. `*` gets every event that has no handler of its own,
   * new ones of the platform included, and asks for no intent by itself.
   * @throws {ConfigError} when it is no function, or needs an intent that the running bot did not ask for.
   */
  on<Type extends KnownEventType>(
    type: Type | readonly Type[],
    handler: (ctx: Context<Type>) => unknown,
  ): this;
  on(type: '*', handler: (ctx: Context) => unknown): this;
  on(type: '*' | KnownEventType | readonly KnownEventType[], handler: BotHandler): this {
    if (type === '*') this.#router.addRest(handler);
    else
      for (const name of typeof type === 'string' ? [type] : type)
        this.registerDispatchEventHandler(name, handler);
    return this;
  }

  /**
   * Adds a handler for an event that the SDK may not know yet.
   * @param intents - The mask that asks for it. @defaultValue that of the known event, 0 for an unknown one
   */
  registerDispatchEventHandler(
    type: string,
    handler: (ctx: Context) => unknown,
    intents: Intent = eventToIntent(type),
  ): this {
    this.#checkIntents(type, intents);
    this.#router.add(type, handler, intents);
    return this;
  }

  /**
   * Adds a command: a message whose first word is its name, with or without a slash in front. Mentions do not count; the words after it
   * are `ctx.args`. A message that gives a command goes to no other handler.
   * @param names - One name, or several for the same command.
   * @throws {ConfigError} for a name that is taken or is not one word.
   */
  command(names: string | readonly string[], handler: CommandHandler, options: CommandOptions = {}): this {
    if (this.#delivery) throw new ConfigError('commands are added before the bot starts');
    this.#router.addCommand(names, handler, options);
    return this;
  }

  /** Adds a listener for what goes wrong: a handler that failed or timed out, a source that ended. Without one it is logged. */
  onError(handler: BotErrorHandler): this {
    if (typeof handler !== 'function') throw new ConfigError('onError needs a function');
    this.#errorHandlers.push(handler);
    return this;
  }

  /**
   * Connects to the gateway, with as many shards as the platform recommends. Resolves when every shard of this process receives events;
   * the bot then runs until {@link stop} or SIGTERM.
   * @throws {BotgoError} what keeps it from running: a wrong secret, a refused intent, no session start left.
   */
  async start(options: GatewayOptions = {}): Promise<void> {
    const { signal, ...settings } = options;
    const { tokenSource, logger, clock } = this.#options;
    if (this.#gateway) throw new ConfigError('the bot was started already');
    this.#sink('gateway');
    const gateway = new GatewaySource({
      ...settings,
      tokenSource,
      logger,
      clock,
      accessPoint: () => this.api.ws({ signal }),
    });
    this.#gateway = gateway;
    try {
      await this.#run(gateway, signal, () => gateway.manager?.status().isReady ?? false);
    } catch (error) {
      // Nothing runs: another try may follow.
      this.#gateway = undefined;
      throw error;
    }
  }

  /** Takes events from another source, e.g. a broker. Resolves when it runs. */
  async from(
    source: EventSource,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    await this.#run(source, options.signal, () => true);
  }

  /**
   * Takes events from an HTTP callback, from now on.
   * @throws {ConfigError} when the bot has no secret, with which callbacks are verified.
   */
  webhook(options: BotWebhookOptions = {}): BotWebhook {
    const { path, maxBodyBytes, secret = this.#options.secret, ...settings } = options;
    if (secret === undefined)
      throw new ConfigError('callbacks are verified with the bot secret: give it as an option');
    const { appId, logger, clock } = this.#options;
    const source = new WebhookSource({ ...settings, appId, secret, logger, clock });
    const sink = this.#sink('webhook');
    this.#runs.add(source, () => source.run(sink));
    return {
      source,
      fetch: fetchHandler(source, { path, maxBodyBytes }),
      node: nodeHandler(source, { path, maxBodyBytes }),
    };
  }

  /**
   * The session manager behind {@link start}, from the moment it is called: for its events (`gap`, `disconnect`, …). Undefined when the
   * bot does not use the gateway.
   */
  get gateway(): SessionManager | undefined {
    return this.#gateway?.manager;
  }

  /** Takes no more events, lets handlers finish within the sources' drain time, and gives up connections. Idempotent. */
  async stop(): Promise<void> {
    await this.#runs.stop();
  }

  /**
   * Resolves when the bot has stopped; rejects with the reason when a source ended by an error. A bot that dies with nobody listening
   * here or in {@link onError} ends the process, as an unhandled rejection does.
   */
  get stopped(): Promise<void> {
    return this.#runs.stopped;
  }

  /**
   * Sends a message that answers nothing, by the platform's quotas. To answer an event use `ctx.reply`.
   * @throws {ReplyRefusedError} before anything is sent: `proactive-not-allowed`, `quota-used-up` and others
   * @throws {BotgoError} what the OpenAPI client throws
   */
  send<In extends Scene>(
    place: Place & { readonly scene: In },
    message: OutgoingFor<In>,
    options?: ProactiveOptions,
  ): Promise<SentMessage> {
    return this.#home.replier.send(place, message, options);
  }

  /**
   * Uploads a file for messages to a user or a group; send it with `media(file.fileInfo)`, to as many of that kind as wanted. To send a
   * file once `ctx.reply(image(…))` does both.
   * @throws {ReplyRefusedError} before the first byte is sent: `file-too-large`, `file-type`, `empty`
   * @throws {BotgoError} what the OpenAPI client throws
   */
  async upload(
    place: Place & { readonly scene: 'c2c' | 'group' },
    source: FileSource,
    options?: UploadOptions,
  ): Promise<UploadedFile> {
    const { uploader } = this.#home.replier;
    if (!uploader) throw new ConfigError('the bot has no calls for uploads: leave sending.media out');
    return uploader.upload(place, source, options);
  }

  status(): BotStatus {
    const { state, isReady } = this.#runs;
    const gateway = this.gateway?.status();
    return {
      appId: this.appId,
      state,
      isLive: state !== 'stopped' && gateway?.isLive !== false,
      isReady,
      gateway,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(source: EventSource, signal: AbortSignal | undefined, isReady: () => boolean): Promise<void> {
    const sink = this.#sink('source');
    let isUp = false;
    const run = async () => {
      try {
        await source.run(sink, signal);
      } catch (error) {
        // Once it runs, an abort is a way to stop it, not a failure.
        if (!isUp || !signal?.aborted) throw error;
      }
    };
    await this.#runs.start(source, run, isReady);
    isUp = true;
  }

  /** Made at the first start, when the handlers are known. */
  #sink(what: 'gateway' | 'webhook' | 'source'): Delivery {
    if (this.#router.isEmpty)
      throw new ConfigError('the bot has no handler: add one with on(…) or command(…) before the start');
    const { intents = this.#router.intents, delivery, clock } = this.#options;
    if (what === 'gateway' && intents === 0)
      throw new ConfigError(
        'no handler asks for an intent, so the gateway would send nothing: add one with on(…), or set the option intents',
      );
    const { replier } = this.#home;
    if (AUDIT_EVENTS.every((type) => this.#router.wants(type))) replier.expectAudits();
    this.#delivery ??= new Delivery({
      ...delivery,
      clock,
      intents,
      handle: (event, handling) => {
        replier.note(event);
        return this.#router.handle(event, handling, this.#home);
      },
      wants: (type) => this.#router.wants(type),
      onError: (problem) => this.#report(problem.error, problem),
    });
    return this.#delivery;
  }

  #checkIntents(type: string, intents: Intent): void {
    if (this.#delivery && (intents & ~this.#delivery.intents) !== 0)
      throw new ConfigError(
        `the bot runs and did not ask for the intent of ${type}: add its handler before the start`,
      );
  }

  #report(error: unknown, problem: DeliveryProblem | undefined): void {
    if (this.#errorHandlers.length === 0) {
      this.#options.logger.error(problem ? 'handler failed' : 'the bot ended', {
        ...(problem && {
          event: problem.event.t,
          id: problem.event.id,
          outcome: problem.outcome,
          attempt: problem.attempt,
          lane: problem.lane,
        }),
        error,
      });
    } else if (problem === undefined) this.#runs.markAsTold();
    for (const handler of this.#errorHandlers) {
      try {
        handler(error, problem);
      } catch (thrown) {
        this.#options.logger.error('an onError handler failed itself', { error: thrown });
      }
    }
  }
}
