import type { EventPayloads } from './event-payloads.js';
import type { KnownEventType } from './event-type.js';
import type { WSPayloadBase } from './payload.js';

/** A dispatch of one event type. */
export interface DispatchPayloadOf<Type extends KnownEventType> extends WSPayloadBase {
  op: 0;
  t: Type;
  d: EventPayloads[Type];
}

/** A dispatch of some known event types, as a union: checking `t` tells the type of `d`. */
export type DispatchPayload<Type extends KnownEventType = KnownEventType> = {
  [T in Type]: DispatchPayloadOf<T>;
}[Type];
