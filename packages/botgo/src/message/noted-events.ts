import type { IncomingEvent } from '../event/index.js';
import { type Anchor, addressOf, anchorKey, placeKey } from './anchor.js';
import type { Outbox } from './outbox.js';

/** Events, other than messages, of users and groups that the platform takes an answer to. Source: `protocol/openapi.md` 1.7. */
const ANSWERABLE = [
  'INTERACTION_CREATE',
  'FRIEND_ADD',
  'C2C_MSG_RECEIVE',
  'GROUP_ADD_ROBOT',
  'GROUP_MSG_RECEIVE',
  'GROUP_MEMBER_ADD',
  'MESSAGE_REACTION_ADD',
  'MESSAGE_REACTION_REMOVE',
];

/** Events that say something about sending: one look-up decides for all others. */
export const NOTED: ReadonlySet<string> = new Set([
  ...ANSWERABLE,
  'MESSAGE_AUDIT_PASS',
  'MESSAGE_AUDIT_REJECT',
]);

/** Places whose newest event is kept. */
const CAPACITY = 10_000;

/** The newest event of each place that can be answered, for messages that cannot be any more. */
export class NotedEvents {
  readonly #outbox: Outbox;
  readonly #newest = new Map<string, Anchor>();

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  take(event: IncomingEvent): void {
    if (event.id === undefined) return;
    let anchor: Anchor;
    try {
      anchor = { ...addressOf(event, undefined), startedMs: this.#outbox.clock.now() };
    } catch {
      // It names no place: nothing to fall back on.
      return;
    }
    const key = placeKey(anchor.place);
    this.#newest.delete(key);
    this.#newest.set(key, anchor);
    if (this.#newest.size > CAPACITY) {
      const [oldest] = this.#newest.keys();
      if (oldest !== undefined) this.#newest.delete(oldest);
    }
  }

  /** Another anchor of the same place whose window is open. */
  newest(than: Anchor): Anchor | undefined {
    const anchor = this.#newest.get(placeKey(than.place));
    if (!anchor || anchorKey(anchor) === anchorKey(than)) return undefined;
    return this.#outbox.rules.timeLeftMs(anchor, this.#outbox.clock.now()) > 0 ? anchor : undefined;
  }
}
