import { manualClock } from '../../src/clock/index.js';
import {
  type DeliveredEvent,
  Delivery,
  type DeliveryOptions,
  type DeliveryProblem,
} from '../../src/delivery/index.js';
import type { EventSink } from '../../src/event/index.js';

/** The contract of `event/` by shape: neither folder imports the other. */
export const asSink = (delivery: Delivery): EventSink => delivery;

let nextId = 0;
export function say(channel: string, content = '', t = 'AT_MESSAGE_CREATE'): DeliveredEvent {
  const id = `m${nextId++}`;
  return { t, id: `event-of-${id}`, d: { id, channel_id: channel, content } };
}

/** Handlers that return when told to. */
export function gates() {
  const open = new Map<string, { resolve: () => void; reject: (error: unknown) => void }>();
  const started: string[] = [];
  return {
    started,
    handle: (event: DeliveredEvent) => {
      const { content } = event.d as { content: string };
      started.push(content);
      return new Promise<void>((resolve, reject) => open.set(content, { resolve, reject }));
    },
    async pass(content: string) {
      open.get(content)?.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    },
    async fail(content: string, error: unknown) {
      open.get(content)?.reject(error);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** A delivery on a clock that stands still, its handlers gated, with a lane of its own. */
export function setup(options: Partial<DeliveryOptions> = {}) {
  const gate = gates();
  const clock = manualClock();
  const problems: DeliveryProblem[] = [];
  const delivery = new Delivery({
    handle: gate.handle,
    clock,
    onError: (problem) => problems.push(problem),
    ...options,
  });
  return { gate, clock, problems, delivery, lane: asSink(delivery).openLane({ name: 'shard 0' }) };
}
