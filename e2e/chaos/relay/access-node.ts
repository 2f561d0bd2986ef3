import { join } from 'node:path';
import { relay } from '@botgo/relay';
import { openCoordinator, openPublisher } from '@botgo/relay/program';
import { consoleLogger } from 'botgo/log';
import { createOpenAPI } from 'botgo/openapi';
import { GatewaySource } from 'botgo/session';
import { newQQBotTokenSource } from 'botgo/token';
import { LineFile } from '../line-file.js';
import { APP_ID, INTENTS, SECRET } from '../world.js';
import type { RelayNodeConfig, RelayNodeStatus } from './messages.js';

/** One access process: the relay as its users run it. */
const config = JSON.parse(process.argv[2] ?? '') as RelayNodeConfig;
const { pid } = process;
const timeline = new LineFile(join(config.out, 'timeline.ndjson'));

// The runner is gone: so are we.
process.on('disconnect', () => process.exit(1));

const logger = consoleLogger();
const tokenUrl = `${config.url}/app/getAppAccessToken`;
const tokenSource = newQQBotTokenSource({ appId: APP_ID, secret: SECRET, tokenUrl });
const api = createOpenAPI({ tokenSource, baseUrl: config.url });
const coordinator = await openCoordinator(config.store, APP_ID, logger);
const publisher = await openPublisher({
  ...{ appId: APP_ID, relay: config.broker, coordinator: config.store, logger },
  stream: config.stream,
  // A topic of Pulsar has none.
  partitions: config.broker.startsWith('pulsar') ? undefined : config.partitions,
});
const source = new GatewaySource(
  {
    tokenSource,
    accessPoint: () => api.ws(),
    shards: config.shards,
    coordinator: coordinator.thing,
    leaseMs: config.leaseMs,
    drainMs: config.drainMs,
    logger,
  },
  (manager) => {
    manager.on('gap', ({ shard, sessionId }) => {
      timeline.write({ at: Date.now(), what: 'gap', pid, shard, session: sessionId });
    });
    manager.on('fencedWrite', ({ shard }) => {
      timeline.write({ at: Date.now(), what: 'fenced-write', pid, shard });
    });
  },
);
const running = relay({ appId: APP_ID, source, publisher, intents: INTENTS, logger });
setInterval(() => {
  const manager = source.manager?.status();
  const { isOpen, isFailing } = running.status();
  const isReady = isOpen && !isFailing && manager?.isReady === true;
  const status: RelayNodeStatus = { type: 'status', owned: manager?.shards.length ?? 0, isReady };
  if (process.connected) process.send?.(status);
}, 100).unref();

await running.ended;
await coordinator.close();
process.disconnect?.();
process.exit(0);
