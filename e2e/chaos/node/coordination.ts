import { etcdCoordinator } from '@botgo/etcd';
import { redisClaimStore, redisCoordinator } from '@botgo/redis';
import type { ClaimStore } from 'botgo/delivery';
import type { Logger } from 'botgo/log';
import { type Coordinator, memoryCoordinator } from 'botgo/session';
import { Redis } from 'ioredis';
import type { StoreAddress } from '../messages.js';
import { APP_ID } from '../world.js';

/** The coordinator of a store, and the duplicate window where it has one. */
export interface Coordination {
  readonly coordinator: Coordinator;
  readonly claims: ClaimStore | undefined;
  close(): Promise<void>;
}

/** @param handlerTimeoutMs - After this a claim is void. */
export function coordinationOn(store: StoreAddress, handlerTimeoutMs: number, logger: Logger): Coordination {
  switch (store.kind) {
    case 'memory': {
      const coordinator = memoryCoordinator({ file: store.file });
      return { coordinator, claims: undefined, close: () => coordinator.close() };
    }
    case 'redis': {
      const options = { url: store.url, appId: APP_ID, logger };
      const coordinator = redisCoordinator(options);
      const claims = redisClaimStore({ ...options, handlerTimeoutMs });
      const close = async (): Promise<void> => {
        await Promise.all([claims.close(), coordinator.close()]);
      };
      return { coordinator, claims, close };
    }
    case 'sentinel': {
      const client = new Redis({ sentinels: [...store.sentinels], name: store.name });
      // Each call says by itself what it could not do.
      client.on('error', () => {});
      const coordinator = redisCoordinator({ client, appId: APP_ID, logger });
      const claims = redisClaimStore({ client, appId: APP_ID, logger, handlerTimeoutMs });
      const close = async (): Promise<void> => {
        await Promise.all([claims.close(), coordinator.close()]);
        client.disconnect();
      };
      return { coordinator, claims, close };
    }
    case 'etcd': {
      const coordinator = etcdCoordinator({ endpoints: store.url, appId: APP_ID, logger });
      return { coordinator, claims: undefined, close: () => coordinator.close() };
    }
    default:
      return store satisfies never;
  }
}
