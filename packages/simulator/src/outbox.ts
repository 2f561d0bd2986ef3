import type { Scene } from './world/model.js';

/** A message that a bot sent. */
export interface Sent {
  /** Ordinal, from 1; pass the last one as `after` to read on. */
  readonly index: number;
  /** Unix ms. */
  readonly at: number;
  readonly appId: string;
  readonly scene: Scene;
  /** Channel id, DM guild id, group openid or user openid. */
  readonly target: string;
  readonly messageId: string;
  readonly content: string;
  /** The message or event that it answers; '' for a proactive one. */
  readonly replyTo: string;
  /** The body as it was sent. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface OutboxQuery {
  readonly appId?: string;
  readonly scene?: Scene;
  readonly target?: string;
  /** Only what came after this index. */
  readonly after?: number;
  /** At most so many, the newest. @defaultValue 1000 */
  readonly limit?: number;
}

const MAX_SENT_KEPT = 20_000;

/** What bots sent, newest last, bounded. */
export class Outbox {
  #sent: Sent[] = [];
  #index = 0;

  add(sent: Omit<Sent, 'index'>): Sent {
    const item: Sent = { index: ++this.#index, ...sent };
    this.#sent.push(item);
    if (this.#sent.length > MAX_SENT_KEPT) this.#sent = this.#sent.slice(MAX_SENT_KEPT / 10);
    return item;
  }

  read(query: OutboxQuery = {}): Sent[] {
    const found = this.#sent.filter(
      (item) =>
        (query.appId ?? item.appId) === item.appId &&
        (query.scene ?? item.scene) === item.scene &&
        (query.target ?? item.target) === item.target &&
        item.index > (query.after ?? 0),
    );
    return found.slice(-(query.limit ?? 1_000));
  }
}
