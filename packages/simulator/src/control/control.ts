import type { ActResult } from '../acts/act-result.js';
import { type ActInput, act } from '../acts/acts.js';
import { type SayInput, type SayResult, say } from '../acts/say.js';
import type { SessionView } from '../gateway/observer.js';
import { FieldError, Fields } from '../json.js';
import type { GenerateInput, GenerateStatus, Generator } from '../load/generator.js';
import type { Outbox, OutboxQuery, Sent } from '../outbox.js';
import type { Platform } from '../platform.js';
import { isHttpUrl } from '../rules/content.js';
import { type Switches, setSwitches } from '../rules/switches.js';
import type { SimEventType, SimListener } from '../stream.js';
import type { SearchAnswer } from '../webhook/hub.js';
import { DEFAULT_SEED } from '../world/default-seed.js';
import { describeWorld } from './describe.js';
import { type FaultInput, strike } from './strike.js';

/** An event as it should leave the gateway. */
export interface EmitInput {
  readonly t: string;
  readonly d: unknown;
  /** Outer id. @defaultValue a new one */
  readonly id?: string;
  /** The bots that get it. @defaultValue all */
  readonly appIds?: readonly string[];
}

/** A bot's callback address. */
export interface WebhookInput {
  readonly appId: string;
  readonly url: string | null;
  /** Event types that are ticked. @defaultValue all */
  readonly events?: readonly string[];
  /** PEM of an authority to trust, for a certificate of one's own. */
  readonly ca?: string;
}

/** What a user searches for, and with which bot. */
export interface SearchInput {
  readonly appId: string;
  readonly keyword: string;
}

/**
 * The director of a simulated platform: fills its world, acts as its users, reads what bots sent, and makes things go
 * wrong. Each method is also `POST /_sim/<name>` with the same JSON.
 */
export class Control {
  constructor(
    private readonly platform: Platform,
    private readonly generator: Generator,
  ) {}

  /** Back to the start: no connection, an empty outbox, and the world of `seed` (`null`: empty). @defaultValue the demo world */
  reset(seed: unknown = DEFAULT_SEED): { readonly ok: true } {
    this.generator.stop();
    this.platform.reset();
    if (seed !== null) this.seed(seed);
    this.platform.stream.emit({ type: 'reset' });
    return { ok: true };
  }

  /** Adds bots, users, guilds, groups, DMs and friends. @throws {FieldError} naming the path; nothing has changed then */
  seed(seed: unknown): { readonly ok: true } {
    const switches = Fields.of(seed, 'seed').optionalObject('switches');
    const next = { ...this.platform.switches };
    if (switches !== undefined) setSwitches(next, switches.value);
    this.platform.seed(seed);
    Object.assign(this.platform.switches, next);
    return { ok: true };
  }

  /** What is in the world: ids, names, and for bots what they need to log in. */
  world(): ReturnType<typeof describeWorld> {
    return describeWorld(this.platform);
  }

  /** A user says something. */
  say(input: SayInput): SayResult {
    return say(this.platform, input);
  }

  /** A user does something else: reacts, clicks, joins, leaves … */
  act(input: ActInput): ActResult {
    return act(this.platform, input);
  }

  /** Sends an event as given. */
  emit(input: EmitInput): { readonly id: string } {
    const fields = Fields.of(input, 'emit');
    const id = fields.optionalString('id');
    const event = {
      t: fields.id('t'),
      d: fields.raw('d') ?? {},
      appIds: fields.strings('appIds', [...this.platform.world.bots.keys()]),
      ...(id === undefined ? {} : { id }),
    };
    return { id: this.platform.publish(event) };
  }

  /** What bots sent, oldest first. */
  outbox(query: OutboxQuery = {}): ReturnType<Outbox['read']> {
    const fields = Fields.of(query, 'outbox');
    const scene = fields.has('scene') ? fields.oneOf('scene', ['channel', 'dm', 'group', 'c2c']) : undefined;
    const appId = fields.optionalString('appId');
    const target = fields.optionalString('target');
    return this.platform.outbox.read({
      ...(scene === undefined ? {} : { scene }),
      ...(appId === undefined ? {} : { appId }),
      ...(target === undefined ? {} : { target }),
      after: fields.int('after', 0),
      limit: fields.intFrom(1, 'limit', 1_000),
    });
  }

  /** Resolves with the next message that a bot sends and `accepts` wants. In-process only. */
  nextSent(accepts: (sent: Sent) => boolean = () => true, signal?: AbortSignal): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const stop = this.platform.stream.subscribe(
        (event) => {
          if (event.type !== 'message' || !accepts(event.sent)) return;
          end();
          resolve(event.sent);
        },
        ['message'],
      );
      const abort = () => {
        end();
        reject(signal?.reason);
      };
      const end = () => {
        stop();
        signal?.removeEventListener('abort', abort);
      };
      if (signal?.aborted === true) abort();
      else signal?.addEventListener('abort', abort);
    });
  }

  /** Answer of a bot to a click; undefined while there is none. */
  interaction(input: { readonly id: string }): { readonly code: number | undefined } {
    return { code: this.platform.interactions.answerOf(Fields.of(input, 'interaction').id('id')) };
  }

  /** Every gateway session, ended ones included. */
  sessions(): readonly SessionView[] {
    return this.platform.gateway.views();
  }

  /** Makes something go wrong, now or at the next occasion. */
  fault(input: FaultInput): { readonly struck: number } {
    return strike(this.platform, input);
  }

  /** Faults that are still in store. */
  faults(): readonly unknown[] {
    return this.platform.faults.list();
  }

  clearFaults(): { readonly ok: true } {
    this.platform.faults.clear();
    return { ok: true };
  }

  /** Reads the switches, after setting those that are given. */
  switches(values: Partial<Switches> | Readonly<Record<string, unknown>> = {}): Readonly<Switches> {
    setSwitches(this.platform.switches, Fields.of(values, 'switches').value);
    return { ...this.platform.switches };
  }

  /** Moves the clock forward; what becomes due happens. Returns the new times. */
  clock(input: { readonly advanceMs?: number } = {}): { readonly nowMs: number; readonly wallMs: number } {
    const ms = Fields.of(input, 'clock').intFrom(0, 'advanceMs', 0);
    const { clock } = this.platform;
    if (ms > 0) clock.advance(ms);
    return { nowMs: clock.now(), wallMs: clock.wall() };
  }

  /** Changes a bot while it runs: its permissions, limits, state, token switch. */
  bot(input: { readonly appId: string; readonly [field: string]: unknown }): { readonly ok: true } {
    const fields = Fields.of(input, 'bot');
    const bot = this.platform.world.bots.get(fields.id('appId'));
    if (bot === undefined) throw fields.unknown('appId', 'bot');
    const next = {
      permittedIntents: fields.intFrom(0, 'intents', bot.permittedIntents),
      shards: fields.intFrom(1, 'shards', bot.shards),
      maxConcurrency: fields.intFrom(1, 'maxConcurrency', bot.maxConcurrency),
      maxGuildsPerShard: fields.intFrom(0, 'maxGuildsPerShard', bot.maxGuildsPerShard),
      isPrivate: fields.boolean('isPrivate', bot.isPrivate),
      isAdmin: fields.boolean('isAdmin', bot.isAdmin),
      isVerified: fields.boolean('isVerified', bot.isVerified),
      acceptsFixedToken: fields.boolean('acceptsFixedToken', bot.acceptsFixedToken),
      tokenLifetimeSeconds: fields.intFrom(1, 'tokenLifetimeSeconds', bot.tokenLifetimeSeconds),
      state: fields.oneOf('state', ['online', 'offline', 'banned'], bot.state),
    };
    fields.noOthers();
    Object.assign(bot, next);
    return { ok: true };
  }

  /**
   * Sets a bot's callback address: it is checked with op 13 first. `url: null` removes it.
   * @returns whether the address answered well; `problem` says what was wrong
   */
  async webhook(input: WebhookInput): Promise<{ readonly verified: boolean; readonly problem: string }> {
    const fields = Fields.of(input, 'webhook');
    const bot = this.platform.world.bots.get(fields.id('appId'));
    if (bot === undefined) throw fields.unknown('appId', 'bot');
    if (fields.raw('url') === null) {
      this.platform.webhooks.disconnect(bot.appId);
      return { verified: false, problem: '' };
    }
    const url = fields.string('url');
    if (!isHttpUrl(url)) throw new FieldError(fields.at('url'), 'must be an http or https address');
    const problem = await this.platform.webhooks.connect(bot, {
      url,
      events: fields.has('events') ? new Set(fields.strings('events')) : undefined,
      ca: fields.optionalString('ca'),
    });
    return { verified: problem === '', problem };
  }

  /** A user types into the search box of a bot: its callback address is asked, and what it found comes back. */
  async search(input: SearchInput): Promise<SearchAnswer> {
    const fields = Fields.of(input, 'search');
    const bot = this.platform.world.bots.get(fields.id('appId'));
    if (bot === undefined) throw fields.unknown('appId', 'bot');
    const answer = await this.platform.webhooks.search(bot, fields.string('keyword'));
    if (answer === undefined)
      throw new FieldError(fields.at('appId'), 'has no callback address: set one with webhook');
    return answer;
  }

  /** Starts a load run of numbered events; README.md says where the numbers are. */
  generate(input: GenerateInput = {}): GenerateStatus {
    return this.generator.start(input);
  }

  /** How far the load run is. */
  generated(): GenerateStatus {
    return this.generator.status;
  }

  stopGenerating(): GenerateStatus {
    return this.generator.stop();
  }

  /**
   * Calls `listener` for everything that happens from now on (heartbeats only when `types` names them).
   * @returns ends the subscription
   */
  subscribe(listener: SimListener, types?: readonly SimEventType[]): () => void {
    return this.platform.stream.subscribe(listener, types);
  }
}
