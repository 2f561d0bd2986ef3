import { join } from 'node:path';
import { Delivery } from 'botgo/delivery';
import { isBotgoError } from 'botgo/errs';
import { consoleLogger } from 'botgo/log';
import { createOpenAPI } from 'botgo/openapi';
import { GatewaySource, type SessionManager } from 'botgo/session';
import { newQQBotTokenSource } from 'botgo/token';
import { LineFile } from '../line-file.js';
import type { NodeConfig, NodeStatus } from '../messages.js';
import { numberOf } from '../numbered.js';
import { APP_ID, INTENTS, SECRET } from '../world.js';
import { coordinationOn } from './coordination.js';
import { createHandler, shardOf } from './handler.js';

/** One process of the bot: the SDK as its users run it, and a handler that keeps a ledger. */
const config = JSON.parse(process.argv[2] ?? '') as NodeConfig;
const { pid } = process;
const ledger = new LineFile(join(config.out, `ledger-${pid}.ndjson`));
const timeline = new LineFile(join(config.out, 'timeline.ndjson'));

// The runner is gone: so are we.
process.on('disconnect', () => process.exit(1));

const logger = consoleLogger();
const tokenSource = newQQBotTokenSource({
  appId: APP_ID,
  secret: SECRET,
  tokenUrl: `${config.url}/app/getAppAccessToken`,
});
const api = createOpenAPI({ tokenSource, baseUrl: config.url });
const { coordinator, claims, close } = coordinationOn(config.store, config.handlerTimeoutMs, logger);

const delivery = new Delivery({
  handle: createHandler(config.plan, ledger, api),
  wants: (type) => type !== 'READY' && type !== 'RESUMED',
  intents: INTENTS,
  concurrency: config.concurrency,
  laneCapacity: config.laneCapacity,
  handlerTimeoutMs: config.handlerTimeoutMs,
  claims,
  onError({ error, outcome, event, lane }) {
    const n = numberOf(event);
    const at = Date.now();
    if (outcome === 'timed-out') timeline.write({ at, what: 'timeout', pid, n });
    else if (outcome === 'poison') {
      // Dealt with by hand, as its author would.
      timeline.write({ at, what: 'poison', pid, n });
      ledger.write({ n, phase: 'end', at, shard: shardOf(lane) });
    } else if (!isBotgoError(error)) logger.error('handler failed', { n, error });
  },
});

let member: string | undefined;

function report(manager: SessionManager): void {
  const { memberId, shards, isReady, isStoreReachable } = manager.status();
  // Who comes back into the cluster does so under another name.
  if (member !== undefined && memberId !== member)
    timeline.write({ at: Date.now(), what: 'lease-lost', pid });
  member = memberId ?? member;
  const status: NodeStatus = {
    type: 'status',
    owned: shards.length,
    isReady,
    isStoreReachable,
    unsettled: shards.reduce((sum, shard) => sum + shard.unsettled, 0),
  };
  if (process.connected) process.send?.(status);
}

const source = new GatewaySource(
  {
    tokenSource,
    accessPoint: () => api.ws(),
    shards: config.shards,
    coordinator,
    leaseMs: config.leaseMs,
    drainMs: config.drainMs,
    release: config.release,
    logger,
  },
  (manager) => {
    manager.on('gap', ({ shard, sessionId, fromMs }) => {
      timeline.write({ at: Date.now(), what: 'gap', pid, shard, session: sessionId, fromMs });
    });
    manager.on('ownership', ({ shard, owned }) => {
      if (owned) timeline.write({ at: Date.now(), what: 'taken', pid, shard });
    });
    manager.on('fencedWrite', ({ shard }) => {
      timeline.write({ at: Date.now(), what: 'fenced-write', pid, shard });
    });
    setInterval(() => report(manager), 100).unref();
  },
);

try {
  await source.run(delivery);
} finally {
  await close();
}
process.disconnect?.();
process.exit(0);
