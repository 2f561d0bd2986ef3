import { systemClock } from 'botgo/clock';
import { isBotgoError, toBotgoError } from 'botgo/errs';
import type { EventSource } from 'botgo/event';
import { silentLogger } from 'botgo/log';
import { backOff } from './back-off.js';
import { RelaySink, type RelaySinkOptions } from './relay-sink.js';

export interface RelayOptions extends RelaySinkOptions {
  /** Gateway shards over any coordinator, or a callback. */
  readonly source: EventSource;
}

/** How an access layer is doing. */
export interface RelayStatus {
  /** The broker was reached; events are read from then on. */
  readonly isOpen: boolean;
  /** The broker refuses or cannot be reached: reading stops when as much is held as may be. */
  readonly isFailing: boolean;
  /** Bytes of frames that the broker has not acknowledged. */
  readonly bytes: number;
}

/** A running access layer. */
export interface Relay extends AsyncDisposable {
  /** Resolves when stopped; rejects when the source cannot go on, or the broker's configuration is wrong. */
  readonly ended: Promise<void>;
  status(): RelayStatus;
  /** Stops reading, waits for the broker's acknowledgements within the source's drain time, then closes the publisher. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts an access layer: events from `source` into the broker, and nothing else. Nothing is read before the broker was reached, so that
 * no session start is spent for events that could not be passed on.
 */
export function relay(options: RelayOptions): Relay {
  const { source, publisher, clock = systemClock, random = Math.random, logger = silentLogger } = options;
  const sink = new RelaySink(options);
  const abort = new AbortController();
  let isOpen = false;

  const open = async (): Promise<void> => {
    for (let attempt = 1; !abort.signal.aborted; attempt++) {
      try {
        await publisher.open();
        isOpen = true;
        return;
      } catch (error) {
        if (isBotgoError(error, 'BOTGO_CONFIG')) throw error;
        logger.warn('the broker cannot be reached; nothing is read until it can', {
          broker: publisher.name,
          error: toBotgoError(error).message,
        });
        await clock.sleep(backOff(attempt, random()), abort.signal).catch(() => undefined);
      }
    }
  };
  const run = async (): Promise<void> => {
    try {
      await open();
      if (!abort.signal.aborted) await source.run(sink);
    } finally {
      sink.end();
      await publisher.close();
    }
  };
  const ended = run();
  // Whoever awaits `ended` sees the failure; it must not be unhandled where nobody does.
  ended.catch(() => {});
  const stop = async (): Promise<void> => {
    abort.abort();
    await source.stop();
    await ended.catch(() => {});
  };
  return {
    ended,
    status: () => ({ isOpen, isFailing: sink.outbox.isFailing, bytes: sink.outbox.bytes }),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
