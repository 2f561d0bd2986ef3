import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveredEvent, HandlingContext } from 'botgo/delivery';
import type { CallOptions, OpenAPI } from 'botgo/openapi';
import type { LineFile } from '../line-file.js';
import type { HandlerPlan } from '../messages.js';
import { numberOf } from '../numbered.js';

/** What a reply needs of a message event. */
interface MessageContent {
  readonly id: string;
  readonly channel_id: string;
  readonly guild_id: string;
  readonly group_openid: string;
  readonly author: { readonly user_openid: string };
}

/** A handler as a careful author writes it: it listens to its signal, and answers with it. */
export function createHandler(plan: HandlerPlan, ledger: LineFile, api: OpenAPI) {
  const poison = new Map(plan.poison.map(({ n, afterMs }) => [n, afterMs]));
  const slow = new Map(plan.slow.map(({ n, ms }) => [n, ms]));

  function note(n: number, phase: 'start' | 'end', lane: string): void {
    ledger.write({ n, phase, at: Date.now(), shard: shardOf(lane) });
  }

  async function die(afterMs: number): Promise<never> {
    if (afterMs > 0) await sleep(afterMs);
    process.kill(process.pid, 'SIGKILL');
    // The signal ends the process before the next line would run.
    return await new Promise<never>(() => {});
  }

  /** The text says which event it answers and who sent it: the platform's side writes both down. */
  function send(n: number, event: DeliveredEvent, bounds: CallOptions): Promise<unknown> | undefined {
    const { id: msg_id, channel_id, guild_id, group_openid, author } = event.d as MessageContent;
    const content = `~${n}~ by ${process.pid}`;
    switch (event.t) {
      case 'AT_MESSAGE_CREATE':
        return api.postMessage(channel_id, { content, msg_id }, bounds);
      case 'DIRECT_MESSAGE_CREATE':
        return api.postDirectMessage(guild_id, { content, msg_id }, bounds);
      case 'GROUP_AT_MESSAGE_CREATE':
        return api.postGroupMessage(group_openid, { content, msg_type: 0, msg_id, msg_seq: 1 }, bounds);
      case 'C2C_MESSAGE_CREATE':
        return api.postC2CMessage(author.user_openid, { content, msg_type: 0, msg_id, msg_seq: 1 }, bounds);
      default:
        return undefined;
    }
  }

  async function reply(n: number, event: DeliveredEvent, context: HandlingContext): Promise<void> {
    if (n % plan.replyEvery !== 0) return;
    try {
      await send(n, event, { signal: context.signal, guard: () => context.lost() });
    } catch (error) {
      // What the platform refuses is no concern of a run; an aborted handler is.
      if (context.signal.aborted || context.lost() !== undefined) throw error;
    }
  }

  return async (event: DeliveredEvent, context: HandlingContext): Promise<void> => {
    const n = numberOf(event);
    if (n === undefined) return;
    note(n, 'start', context.lane);
    const afterMs = poison.get(n);
    if (afterMs !== undefined) await die(afterMs);
    const slowMs = slow.get(n);
    if (slowMs !== undefined) {
      await sleep(slowMs);
      return note(n, 'end', context.lane);
    }
    const { jam } = plan;
    const ms = jam && n >= jam.from && n <= jam.to ? jam.ms : plan.handlerMs;
    await sleep(ms, undefined, { signal: context.signal });
    await reply(n, event, context);
    context.signal.throwIfAborted();
    note(n, 'end', context.lane);
  };
}

/** A lane of the gateway is called by its shard: `shard 3/20`. */
export function shardOf(lane: string): number | undefined {
  const shard = /^shard (\d+)\//.exec(lane)?.[1];
  return shard === undefined ? undefined : Number(shard);
}
