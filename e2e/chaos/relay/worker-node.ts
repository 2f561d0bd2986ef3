import { join } from 'node:path';
import { openClaims, openSource } from '@botgo/relay/program';
import { Delivery } from 'botgo/delivery';
import { isBotgoError } from 'botgo/errs';
import { consoleLogger } from 'botgo/log';
import { createOpenAPI } from 'botgo/openapi';
import { newQQBotTokenSource } from 'botgo/token';
import { LineFile } from '../line-file.js';
import { createHandler } from '../node/handler.js';
import { numberOf } from '../numbered.js';
import { APP_ID, SECRET } from '../world.js';
import type { RelayNodeConfig, RelayNodeStatus } from './messages.js';

/** One logic process: events from the broker, and a handler that keeps a ledger. */
const config = JSON.parse(process.argv[2] ?? '') as RelayNodeConfig;
const { pid } = process;
const ledger = new LineFile(join(config.out, `ledger-${pid}.ndjson`));
const timeline = new LineFile(join(config.out, 'timeline.ndjson'));

// The runner is gone: so are we.
process.on('disconnect', () => process.exit(1));

const logger = consoleLogger();
const tokenUrl = `${config.url}/app/getAppAccessToken`;
const tokenSource = newQQBotTokenSource({ appId: APP_ID, secret: SECRET, tokenUrl });
const api = createOpenAPI({ tokenSource, baseUrl: config.url });
const places = {
  ...{ appId: APP_ID, relay: config.broker, coordinator: config.store, logger, group: 'logic' },
  ...{
    stream: config.stream,
    partitions: config.partitions,
    leaseMs: config.leaseMs,
    drainMs: config.drainMs,
    handlerTimeoutMs: 5_000,
  },
};
const claims = await openClaims(places);
const { thing: source, close } = await openSource(places);
const delivery = new Delivery({
  handle: createHandler(config.plan, ledger, api),
  wants: (type) => type !== 'READY' && type !== 'RESUMED',
  concurrency: 512,
  handlerTimeoutMs: 5_000,
  claims: claims?.thing,
  onError({ error, outcome, event }) {
    const n = numberOf(event);
    const at = Date.now();
    if (outcome === 'timed-out') timeline.write({ at, what: 'timeout', pid, n });
    else if (outcome === 'poison') {
      // It is in the dead letters, where somebody deals with it.
      timeline.write({ at, what: 'poison', pid, n });
      if (n !== undefined) ledger.write({ n, phase: 'end', at });
    } else if (!isBotgoError(error)) logger.error('handler failed', { n, error });
  },
});
setInterval(() => {
  const { isReady, partitions } = source.status();
  const status: RelayNodeStatus = { type: 'status', owned: partitions.length, isReady };
  if (process.connected) process.send?.(status);
}, 100).unref();
process.once('SIGTERM', () => void source.stop());

await source.run(delivery);
await close();
await claims?.close();
process.disconnect?.();
process.exit(0);
