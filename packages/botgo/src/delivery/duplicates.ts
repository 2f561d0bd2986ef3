import { identityOf } from './event-key.js';
import type { DeliveredEvent, Handling, Outcome } from './handling.js';
import { IdWindow } from './id-window.js';

/**
 * What was received, by whatever lane. A copy of what is settled is dropped. A copy of what is in hand stands by: it holds its own lane's
 * checkpoint up, since a death now would bring the event again and it has to come before what follows it; it settles with the first,
 * or is handled in its place when that one's lane has ended.
 *
 *     shard 0   -- 734 in hand ------ settled         shard 0   -- 734 in hand --x ended
 *     shard 1   ---- 734 stands by -- settled         shard 1   ---- 734 stands by -- in hand -- settled
 */
export class Duplicates {
  readonly #window: IdWindow | undefined;
  /** By its number, who handles an event, or last did. */
  readonly #inHand = new Map<number, Handling>();

  /** @param capacity - Ids remembered; 0 takes nothing for a copy. */
  constructor(capacity: number) {
    this.#window = capacity > 0 ? new IdWindow(capacity) : undefined;
  }

  /** Remembers an event. @returns Its number; below 0 when a copy was received before; 0 when it cannot be recognised. */
  remember(event: DeliveredEvent): number {
    if (!this.#window) return 0;
    const id = identityOf(event);
    return id === undefined ? 0 : this.#window.add(event.t, id);
  }

  /** It will come again and must be handled then. */
  forget(number: number): void {
    this.#window?.forget(number);
  }

  /** The event did not settle at once. */
  hold(handling: Handling): void {
    if (handling.number > 0) this.#inHand.set(handling.number, handling);
  }

  inHand(number: number): Handling | undefined {
    return this.#inHand.get(number);
  }

  standBy(copy: Handling, first: Handling): void {
    copy.first = first;
    if (first.copies) first.copies.push(copy);
    else first.copies = [copy];
  }

  /** The event is settled, and with it what stands by; whoever delivers again after a failure is told of one. */
  settled(handling: Handling, outcome: Outcome, error: unknown): void {
    if (!handling.isKept) return;
    this.#inHand.delete(handling.number);
    if (!handling.copies) return;
    for (const copy of handling.copies.splice(0))
      copy.home.settle(copy, copy.comesAgain(outcome) ? outcome : 'duplicate', error);
  }

  /** The lane of a handling has ended, and its run, if it had one, is over. @returns The copy that has the event in hand now. */
  passOn(handling: Handling): Handling | undefined {
    const [heir, ...others] = (handling.copies ?? []).filter(isAlive);
    handling.copies = undefined;
    if (heir) {
      heir.first = undefined;
      for (const copy of others) this.standBy(copy, heir);
      this.hold(heir);
    } else {
      this.#inHand.delete(handling.number);
      this.forget(handling.number);
    }
    return heir;
  }
}

function isAlive(copy: Handling): boolean {
  return copy.home.mayHandle() && copy.state === 'waiting';
}
