import type { EventSource } from 'botgo/event';
import { RelaySink, type RelaySinkOptions } from './relay-sink.js';

export interface RelayOptions extends RelaySinkOptions {
  /** Gateway shards over any coordinator, or a callback. */
  readonly source: EventSource;
}

/** A running access layer. */
export interface Relay extends AsyncDisposable {
  /** Resolves when stopped; rejects when the source cannot go on. */
  readonly ended: Promise<void>;
  /** Stops reading, waits for the broker's acknowledgements within the source's drain time, then closes the publisher. Idempotent. */
  stop(): Promise<void>;
}

/** Starts an access layer: events from `source` into the broker, and nothing else. */
export function relay(options: RelayOptions): Relay {
  const { source, publisher } = options;
  const sink = new RelaySink(options);
  const end = async (): Promise<void> => {
    sink.end();
    await publisher.close();
  };
  const ended = source.run(sink).finally(end);
  // Whoever awaits `ended` sees the failure; it must not be unhandled where nobody does.
  ended.catch(() => {});
  const stop = async (): Promise<void> => {
    await source.stop();
    await ended.catch(() => {});
  };
  return { ended, stop, [Symbol.asyncDispose]: stop };
}
