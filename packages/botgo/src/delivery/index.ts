export { CarefulStart, type CarefulStartOptions, POISON_DEATHS } from './careful-start.js';
export type { ClaimStore } from './claims.js';
export { DELIVERY_DEFAULTS, Delivery, type DeliveryOptions, type DeliveryProblem } from './delivery.js';
export { authorKey, conversationKey, identityOf, type Order } from './event-key.js';
export type {
  DeliveredEvent,
  HandlingContext,
  NextOptions,
  Outcome,
  RetryPolicy,
  SoloEvents,
} from './handling.js';
export { IdWindow } from './id-window.js';
export type { DeliveryLane, DeliveryLaneOptions } from './lane.js';
export { type SettleEntry, SettleLog } from './settle-log.js';
