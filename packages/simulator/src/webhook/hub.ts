import type { SimClock } from '../clock.js';
import type { WorldEvent } from '../gateway/event.js';
import type { Ids } from '../ids.js';
import { isObject } from '../json.js';
import type { Switches } from '../rules/switches.js';
import type { Bot } from '../world/model.js';
import { isSignedBy, signText, webhookKey } from './sign.js';

/** A request to a bot's callback address. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** PEM of an authority that is trusted beside the system's. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

/** Sends a request; rejects when no answer comes. */
export type Poster = (post: Post) => Promise<{ readonly status: number; readonly body: string }>;

/** How a delivery is spoilt. */
export type DeliveryFault = 'signature' | 'body' | 'appid' | 'headers' | 'twice';

export interface WebhookOptions {
  readonly url: string;
  /** Event types that are ticked. @defaultValue all */
  readonly events: ReadonlySet<string> | undefined;
  readonly ca: string | undefined;
}

/** One try of a delivery. */
export interface Delivery {
  readonly appId: string;
  readonly t: string;
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
  readonly ok: boolean;
  /** HTTP status; 0 = no answer. */
  readonly status: number;
  readonly problem: string;
}

export interface WebhookHost {
  readonly clock: SimClock;
  readonly ids: Ids;
  readonly switches: Readonly<Switches>;
  readonly post: Poster;
  bot(appId: string): Bot | undefined;
  faultAtDelivery(): DeliveryFault | undefined;
  report(delivery: Delivery): void;
}

/** What a bot found. */
export interface SearchAnswer {
  /** HTTP status; 0 = no answer. */
  readonly status: number;
  readonly layouts: readonly unknown[];
  /** What is wrong with the answer; '' = nothing. */
  readonly problem: string;
}

interface Hook extends WebhookOptions {
  s: number;
}

/** Callback addresses of bots, and the deliveries to them: signed, checked, tried again. */
export class WebhookHub {
  readonly #hooks = new Map<string, Hook>();

  constructor(private readonly host: WebhookHost) {}

  /**
   * Checks an address with op 13, as the console does, and delivers to it from then on when it answers well.
   * @returns '' or what is wrong with the answer
   */
  async connect(bot: Bot, options: WebhookOptions): Promise<string> {
    const { clock, ids } = this.host;
    const plainToken = ids.tagged('plain');
    const eventTs = String(Math.floor(clock.wall() / 1_000));
    const body = JSON.stringify({ op: 13, d: { plain_token: plainToken, event_ts: eventTs } });
    const answer = await this.#send(bot, options, body, undefined);
    if (answer.problem !== '') return answer.problem;
    const read = parse(answer.body);
    if (!isObject(read)) return 'the answer is not a JSON object';
    if (read.plain_token !== plainToken) return 'the answer has another plain_token';
    if (!isSignedBy(webhookKey(bot.secret), String(read.signature), eventTs, plainToken)) {
      return 'the signature of the answer is wrong';
    }
    this.#hooks.set(bot.appId, { ...options, s: 0 });
    return '';
  }

  disconnect(appId: string): void {
    this.#hooks.delete(appId);
  }

  /** Delivers an event to every bot that it is for and that has an address. */
  publish(event: WorldEvent): void {
    if (this.#hooks.size === 0) return;
    for (const appId of event.appIds) {
      const hook = this.#hooks.get(appId);
      const bot = this.host.bot(appId);
      if (hook === undefined || bot === undefined) continue;
      if (hook.events !== undefined && !hook.events.has(event.t)) continue;
      hook.s++;
      const body = JSON.stringify({ id: event.id ?? '', op: 0, d: event.d, s: hook.s, t: event.t });
      void this.#deliver(bot, hook, { t: event.t, id: event.id ?? '', body }, 1);
    }
  }

  clear(): void {
    this.#hooks.clear();
  }

  /**
   * Asks a bot's address for what a user searches: a bare interaction, without `op` and `d`. Source: objects.md 4.
   * @returns `undefined` when the bot has no address
   */
  async search(bot: Bot, keyword: string): Promise<SearchAnswer | undefined> {
    const hook = this.#hooks.get(bot.appId);
    if (hook === undefined) return undefined;
    const data = { name: 'search', type: 9, resolved: { keyword } };
    const body = JSON.stringify({ application_id: bot.appId, type: 2, version: 1, data });
    const answer = await this.#send(bot, hook, body, undefined);
    const read = parse(answer.body);
    const layouts = isObject(read) && Array.isArray(read.layouts) ? (read.layouts as unknown[]) : [];
    return { status: answer.status, layouts, problem: answer.problem || searchProblem(read) };
  }

  async #deliver(
    bot: Bot,
    hook: Hook,
    event: { readonly t: string; readonly id: string; readonly body: string },
    attempt: number,
  ): Promise<void> {
    const { switches, clock, report } = this.host;
    const fault = this.host.faultAtDelivery();
    const copies = fault === 'twice' ? 2 : 1;
    let problem = '';
    for (let copy = 0; copy < copies; copy++) {
      const answer = await this.#send(bot, hook, event.body, fault);
      problem = answer.problem === '' ? refusal(answer.body) : answer.problem;
      const { t, id } = event;
      report({ appId: bot.appId, t, id, attempt, ok: problem === '', status: answer.status, problem });
    }
    const isCurrent = this.#hooks.get(bot.appId) === hook;
    if (problem === '' || attempt > switches.webhookRetries || !isCurrent) return;
    const delayMs = switches.webhookRetryMs * 2 ** (attempt - 1);
    clock.after(delayMs, () => void this.#deliver(bot, hook, event, attempt + 1));
  }

  async #send(
    bot: Bot,
    options: WebhookOptions,
    body: string,
    fault: DeliveryFault | undefined,
  ): Promise<{ readonly status: number; readonly body: string; readonly problem: string }> {
    const { clock, ids, switches } = this.host;
    const timestamp = String(Math.floor(clock.wall() / 1_000));
    const signature = signText(webhookKey(bot.secret), timestamp, body);
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      'User-Agent': 'QQBot-Callback',
      'X-Bot-Appid': fault === 'appid' ? `${bot.appId}0` : bot.appId,
      'X-Tps-trace-ID': ids.tagged('trace'),
    };
    if (fault !== 'headers') {
      headers['X-Signature-Timestamp'] = timestamp;
      headers['X-Signature-Ed25519'] =
        fault === 'signature' ? `${'0'.repeat(64)}${signature.slice(64)}` : signature;
    }
    const abort = new AbortController();
    const cancel = clock.after(switches.webhookTimeoutMs, () => abort.abort());
    try {
      const answer = await this.host.post({
        url: options.url,
        headers,
        body: fault === 'body' ? `${body} ` : body,
        ca: options.ca,
        signal: abort.signal,
      });
      const problem =
        answer.status >= 200 && answer.status < 300 ? '' : `the answer has status ${answer.status}`;
      return { ...answer, problem };
    } catch (error) {
      const problem = abort.signal.aborted ? 'no answer in time' : `no answer: ${describe(error)}`;
      return { status: 0, body: '', problem };
    } finally {
      cancel();
    }
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Any 2xx is an acknowledgement, but for `{"op":12,"d":1}`. Source: webhook.md 5. */
function refusal(body: string): string {
  const read = parse(body);
  return isObject(read) && read.op === 12 && read.d === 1 ? 'the bot answered op 12 with 1' : '';
}

/** '' or what the answer to a search lacks. The capital names are the wire's. */
function searchProblem(read: unknown): string {
  if (!isObject(read) || !Array.isArray(read.layouts)) return 'the answer has no list layouts';
  for (const layout of read.layouts as readonly unknown[]) {
    const { LayoutType, ActionType, Title, Records } = isObject(layout) ? layout : {};
    const isWhole =
      typeof LayoutType === 'number' && typeof ActionType === 'number' && typeof Title === 'string';
    if (!isWhole || !Array.isArray(Records))
      return 'a layout needs LayoutType, ActionType, Title and Records';
    const isRecord = (record: unknown): boolean =>
      isObject(record) && ['cover', 'title', 'tips', 'url'].every((key) => typeof record[key] === 'string');
    if (!Records.every(isRecord)) return 'a record needs cover, title, tips and url';
  }
  return '';
}
