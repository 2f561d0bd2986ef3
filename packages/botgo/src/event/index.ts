export { type EventRun, eventRun, type RunContext } from './event-run.js';
export type {
  EventSink,
  EventSource,
  IncomingEvent,
  Lane,
  LaneOptions,
  LaneOrigin,
  Outcome,
  RetryPolicy,
  SoloEvents,
  SourceStatus,
} from './event-source.js';
export {
  type ErrorNotifyHandler,
  type EventHandler,
  type EventHandlers,
  type EventOf,
  HANDLER_EVENTS,
  type HandlerKind,
  type PlainEventHandler,
} from './handler-kinds.js';
export { createHandlers, type HandlerOptions, HandlerTable } from './handler-table.js';
export { parseAndHandle, parseData, parsePayload, type RawPayload, toIncomingEvent } from './parse.js';
