import type { Logger } from 'botgo/log';
import { createOpenAPI } from 'botgo/openapi';
import { GatewaySource } from 'botgo/session';
import { newQQBotTokenSource } from 'botgo/token';
import { relay } from '../relay.js';
import type { AccessArguments } from './arguments.js';
import { serveHealth } from './health.js';
import { openCoordinator, openPublisher } from './open.js';

/** A program that runs. */
export interface RunningProgram {
  /** Where `/livez` and `/readyz` are. */
  readonly healthUrl: string;
  /** Resolves after {@link stop}; rejects when it cannot go on. */
  readonly ended: Promise<void>;
  /** Ends in order: nothing is lost, nothing left for a lease to run out. Idempotent. */
  stop(): Promise<void>;
}

/** What a program needs besides its arguments. */
export interface ProgramContext {
  readonly secret: string;
  readonly logger: Logger;
}

/** The access layer as one process: gateway shards in, broker out. @throws {ConfigError} on a bad argument. */
export async function startAccess(
  args: AccessArguments,
  { secret, logger }: ProgramContext,
): Promise<RunningProgram> {
  const { appId, apiUrl, leaseMs, drainMs } = args;
  const tokenSource = newQQBotTokenSource({
    appId,
    secret,
    tokenUrl: apiUrl === undefined ? undefined : new URL('/app/getAppAccessToken', apiUrl).href,
  });
  const api = createOpenAPI({ tokenSource, baseUrl: apiUrl, sandbox: args.isSandbox, logger });
  const publisher = await openPublisher({ ...args, logger });
  const coordinator = await openCoordinator(args.coordinator, appId, logger);
  const source = new GatewaySource({
    ...{ tokenSource, leaseMs, drainMs, logger },
    accessPoint: () => api.ws(),
    shards: args.shards,
    release: args.release,
    coordinator: coordinator.thing,
    handleSignals: false,
  });
  const running = relay({ appId, source, publisher, intents: args.intents, logger });
  const health = await serveHealth({
    port: args.healthPort,
    host: args.healthHost,
    look() {
      const { isOpen, isFailing, bytes } = running.status();
      const gateway = source.manager?.status();
      return {
        isReady: isOpen && !isFailing && gateway?.isReady === true,
        details: {
          broker: { name: publisher.name, isOpen, isFailing, unacknowledgedBytes: bytes },
          shardCount: gateway?.shardCount ?? 0,
          shards: gateway?.shards.map(({ shard, phase, unsettled, isPaused }) => ({
            ...{ shard, phase, unsettled, isPaused },
          })),
          isStoreReachable: gateway?.isStoreReachable,
          budget: gateway?.budget,
        },
      };
    },
  });
  const ended = running.ended.finally(async () => {
    await health.close();
    await coordinator.close();
    await api.close();
  });
  ended.catch(() => {});
  const stop = async (): Promise<void> => {
    await running.stop();
    await ended.catch(() => {});
  };
  return { healthUrl: health.url, ended, stop };
}
