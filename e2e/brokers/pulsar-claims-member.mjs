// A worker with a shared window, whose handler says that it has begun and never ends. It is there to be killed.
import { redisClaimStore, redisCoordinator } from '@botgo/redis';
import { pulsarSource } from '@botgo/relay/pulsar';
import { Delivery } from 'botgo/delivery';

const { url, topic, redisUrl, prefix, leaseMs, handlerTimeoutMs } = JSON.parse(process.argv[2]);
const source = pulsarSource({
  ...{ url, topic, leaseMs, appId: '102' },
  coordinator: redisCoordinator({ url: redisUrl, prefix, refillGraceMs: 0 }),
});
await source.run(
  new Delivery({
    duplicateWindow: 0,
    claims: redisClaimStore({ url: redisUrl, prefix, handlerTimeoutMs }),
    handle: () => {
      process.stdout.write('begun\n');
      return new Promise(() => {});
    },
  }),
);
