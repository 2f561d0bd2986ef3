import type { IncomingEvent } from '../event/index.js';
import type { MessageEventType } from './message-events.js';

/** Ids remembered. The two copies come one right after the other, over the same session. */
const CAPACITY = 2_048;

/**
 * Finds the second copy of a message that came under two intents: MESSAGE_CREATE (every message) and AT_MESSAGE_CREATE (those that
 * mention the bot) have the same `d.id`. The first copy is the one that is handled; the same event delivered again is none.
 */
export class DoubledMessages {
  readonly #typeById = new Map<string, MessageEventType>();

  /** Whether this message was seen under the other name. */
  isSecondCopy(type: MessageEventType, event: IncomingEvent): boolean {
    const id = (event.d as { id?: unknown } | null)?.id;
    if (typeof id !== 'string' || id === '') return false;
    const first = this.#typeById.get(id);
    if (first !== undefined) return first !== type;
    this.#typeById.set(id, type);
    if (this.#typeById.size > CAPACITY) {
      const [oldest] = this.#typeById.keys();
      if (oldest !== undefined) this.#typeById.delete(oldest);
    }
    return false;
  }
}

/** The other name under which the same message may come. */
export const OTHER_COPY: Readonly<Partial<Record<MessageEventType, MessageEventType>>> = Object.freeze({
  AT_MESSAGE_CREATE: 'MESSAGE_CREATE',
  MESSAGE_CREATE: 'AT_MESSAGE_CREATE',
  GROUP_AT_MESSAGE_CREATE: 'GROUP_MESSAGE_CREATE',
  GROUP_MESSAGE_CREATE: 'GROUP_AT_MESSAGE_CREATE',
});
