import type { Logger } from 'botgo/log';
import { createOpenAPI } from 'botgo/openapi';
import { GatewaySource, type GatewaySourceOptions } from 'botgo/session';
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
  const { appId, apiUrl, leaseMs, drainMs, cluster } = args;
  const tokenSource = newQQBotTokenSource({
    appId,
    secret,
    tokenUrl: apiUrl === undefined ? undefined : new URL('/app/getAppAccessToken', apiUrl).href,
  });
  const api = createOpenAPI({ tokenSource, baseUrl: apiUrl, sandbox: args.isSandbox, logger });
  const publisher = await openPublisher({ ...args, logger });
  const prefix = cluster === undefined ? appId : `${appId}:${cluster}`;
  const coordinator = await openCoordinator(args.coordinator, prefix, logger);
  let fencedWrites = 0;
  let isStopping = false;
  let hasEnded = false;
  const options: GatewaySourceOptions = {
    ...{ tokenSource, leaseMs, drainMs, logger },
    accessPoint: () => api.ws(),
    shards: args.shards,
    release: args.release,
    coordinator: coordinator.thing,
    handleSignals: false,
  };
  const source = new GatewaySource(options, (manager) => {
    manager.on('fencedWrite', ({ shard, token }) => {
      fencedWrites++;
      logger.warn('a write was refused, since the shard has another owner', { shard, token });
    });
  });
  const running = relay({ appId, source, publisher, intents: args.intents, logger });
  const health = await serveHealth({
    port: args.healthPort,
    host: args.healthHost,
    look() {
      const { isOpen, isFailing, bytes } = running.status();
      const gateway = source.manager?.status();
      return {
        // An orderly stop is not the end of a process that could not go on.
        isLive: isStopping || (!hasEnded && gateway?.isLive !== false),
        isReady: isOpen && !isFailing && gateway?.isReady === true,
        details: {
          broker: { name: publisher.name, isOpen, isFailing, unacknowledgedBytes: bytes },
          shardCount: gateway?.shardCount ?? 0,
          shards: gateway?.shards.map(({ shard, phase, unsettled, isPaused }) => ({
            ...{ shard, phase, unsettled, isPaused },
          })),
          isStoreReachable: gateway?.isStoreReachable,
          fencedWrites,
          budget: gateway?.budget,
        },
      };
    },
  });
  const ended = running.ended.finally(async () => {
    hasEnded = true;
    health.unref();
    await coordinator.close();
    await api.close();
  });
  ended.catch(() => {});
  const stop = async (): Promise<void> => {
    isStopping = true;
    await running.stop();
    await ended.catch(() => {});
    await health.close();
  };
  return { healthUrl: health.url, ended, stop };
}
