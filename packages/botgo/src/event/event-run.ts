/**
 * What a handler can ask about its own run. It has the shape of a call's options: `api.postMessage(channelId, message, run)` ends with
 * the run, and sends nothing for an event that is another process's by now.
 */
export interface EventRun {
  /** Aborted when the result no longer counts: the handler timed out, the process lost the shard, or it stops. */
  readonly signal: AbortSignal;
  /** Gives `undefined` while this process may act for the event, else why not (`BOTGO_LEASE_LOST`). */
  readonly guard: () => unknown;
}

/** What knows about a run: the context that `delivery/` hands out with an event. */
export interface RunContext {
  readonly signal: AbortSignal;
  lost(): unknown;
}

/** The run of a context. A plain object, so that it can be spread; the signal is made when it is first looked at. */
export function eventRun(context: RunContext): EventRun {
  return {
    get signal() {
      return context.signal;
    },
    guard: () => context.lost(),
  };
}

/** A run that nobody ends. */
export function endlessRun(): EventRun {
  return { signal: new AbortController().signal, guard: () => undefined };
}
