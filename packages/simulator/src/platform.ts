import type { SimClock } from './clock.js';
import { FaultBook } from './faults/faults.js';
import type { WorldEvent } from './gateway/event.js';
import { Gateway } from './gateway/gateway.js';
import { shardOfGuild } from './gateway/routing.js';
import type { Ids } from './ids.js';
import { MediaStore } from './media.js';
import { Outbox } from './outbox.js';
import { readCredential, TokenBook } from './rules/auth.js';
import { Interactions } from './rules/interactions.js';
import { PassiveBook } from './rules/passive.js';
import { Quotas } from './rules/quotas.js';
import { SessionLimits } from './rules/session-limits.js';
import { SWITCH_DEFAULTS, type Switches } from './rules/switches.js';
import { Stream } from './stream.js';
import { Uploads } from './uploads.js';
import { type Poster, WebhookHub } from './webhook/hub.js';
import type { Bot, MessageSetting } from './world/model.js';
import type { OpenStream } from './world/open-stream.js';
import { applySeed, DEFAULT_MESSAGE_SETTING } from './world/seed.js';
import { World } from './world/world.js';

export interface PlatformOptions {
  readonly clock: SimClock;
  readonly ids: Ids;
  /** Draws the text of a new access token. */
  readonly drawToken: () => string;
  readonly switches?: Partial<Switches>;
  /** Sends a callback to a bot's address. */
  readonly post: Poster;
  /** True: sessions remember event numbers, so that a record can name what was lost. */
  readonly keepsNumbers?: boolean;
}

/** One simulated platform: its world, its rules and its gateway, without any socket. */
export class Platform {
  readonly clock: SimClock;
  readonly ids: Ids;
  readonly stream: Stream;
  readonly faults = new FaultBook();
  readonly switches: Switches;
  readonly gateway: Gateway;
  readonly webhooks: WebhookHub;
  world = new World();
  tokens: TokenBook;
  passive = new PassiveBook();
  interactions = new Interactions();
  outbox = new Outbox();
  quotas = new Quotas();
  media: MediaStore;
  uploads: Uploads;
  /** Streams by the id of their message. */
  streams = new Map<string, OpenStream>();
  readonly #initialSwitches: Switches;
  readonly #limits = new Map<string, SessionLimits>();

  constructor(private readonly options: PlatformOptions) {
    this.clock = options.clock;
    this.ids = options.ids;
    this.stream = new Stream(this.clock);
    this.tokens = new TokenBook(options.drawToken);
    this.media = new MediaStore(this.ids);
    this.uploads = new Uploads(this.ids);
    this.#initialSwitches = { ...SWITCH_DEFAULTS, ...options.switches };
    this.switches = { ...this.#initialSwitches };
    this.webhooks = new WebhookHub({
      clock: this.clock,
      ids: this.ids,
      switches: this.switches,
      post: options.post,
      bot: (appId) => this.world.bots.get(appId),
      faultAtDelivery: () => this.faults.atDelivery(),
      report: (delivery) => this.stream.emit({ type: 'delivery', ...delivery }),
    });
    this.gateway = new Gateway({
      clock: this.clock,
      ids: this.ids,
      switches: this.switches,
      keepsNumbers: options.keepsNumbers ?? false,
      observer: this.stream.gateway,
      authenticate: (token, allowBare) => this.#authenticate(token, allowBare),
      takeSessionStart: (bot) => this.limitsOf(bot).take(this.clock.now()),
      guildsOnShard: (bot, shard, count) => this.#guildsOnShard(bot, shard, count),
      bot: (appId) => this.world.bots.get(appId),
      faultAt: (step, appId) => this.faults.atHandshake(step, appId),
    });
  }

  /** Adds a seed to the world. @throws {FieldError} when it is not valid; then nothing has changed */
  seed(seed: unknown): void {
    applySeed(this.world, seed, { ids: this.ids, wallMs: this.clock.wall() });
  }

  /** Empties the world, closes every connection and puts the switches back. */
  reset(): void {
    this.gateway.reset();
    this.faults.clear();
    this.webhooks.clear();
    this.world = new World();
    this.tokens = new TokenBook(this.options.drawToken);
    this.passive = new PassiveBook();
    this.interactions = new Interactions();
    this.outbox = new Outbox();
    this.quotas = new Quotas();
    this.media = new MediaStore(this.ids);
    this.uploads = new Uploads(this.ids);
    this.streams = new Map();
    this.#limits.clear();
    Object.assign(this.switches, this.#initialSwitches);
  }

  limitsOf(bot: Bot): SessionLimits {
    const known = this.#limits.get(bot.appId);
    if (known !== undefined) return known;
    const limits = new SessionLimits(
      {
        total: bot.sessionTotal,
        remaining: bot.sessionRemaining,
        resetAfterMs: bot.sessionResetAfterMs,
        maxConcurrency: () => bot.maxConcurrency,
      },
      this.clock.now(),
    );
    this.#limits.set(bot.appId, limits);
    return limits;
  }

  /** What a guild's owner allows bots to send unasked. */
  messageSettingOf(guildId: string): MessageSetting {
    return this.world.guilds.get(guildId)?.messageSetting ?? DEFAULT_MESSAGE_SETTING;
  }

  /** Tells bots about an event, faults included. Returns its outer id. */
  publish(event: WorldEvent): string {
    const id = event.id ?? `${event.t}:${this.ids.uuid()}`;
    const identified: WorldEvent = { ...event, id };
    this.passive.noteEvent(id, event, this.clock.now());
    if (!this.faults.touchesEvents) {
      this.#send(identified);
      return id;
    }
    const { delayMs, copies } = this.faults.atEvent(event.t);
    const send = () => {
      for (let copy = 0; copy <= copies; copy++) this.#send(identified);
    };
    if (delayMs > 0) this.clock.after(delayMs, send);
    else send();
    return id;
  }

  #send(event: WorldEvent): void {
    const sessions = this.gateway.publish(event);
    this.stream.event(event, sessions);
    this.webhooks.publish(event);
  }

  #authenticate(token: string | undefined, allowBare: boolean): 'bad' | 'no-prefix' | Bot {
    const nowMs = this.clock.now();
    const read = (text: string | undefined, bare: boolean) =>
      readCredential(text, { bots: this.world.bots, tokens: this.tokens, nowMs, allowBare: bare });
    const credential = read(token, allowBare);
    if (credential.kind === 'ok') {
      if (credential.isFixed) this.stream.warnFixedToken(credential.bot.appId);
      return credential.bot;
    }
    return credential.kind === 'malformed' && read(token, true).kind === 'ok' ? 'no-prefix' : 'bad';
  }

  #guildsOnShard(bot: Bot, shard: number, count: number): number {
    let found = 0;
    for (const guild of this.world.guilds.values()) {
      if (guild.bots.has(bot.appId) && shardOfGuild(guild.id, count) === shard) found++;
    }
    return found;
  }
}
