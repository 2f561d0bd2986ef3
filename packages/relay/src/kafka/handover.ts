import { BotgoError } from 'botgo/errs';
import type { PartitionAssigner } from 'kafkajs';

/**
 * kafkajs joins a group again as soon as it hears of a rebalance, while handlers are still at work on partitions that another member
 * is then given. The one place where it asks anybody on its way is the assigner's `protocol`: as long as that throws what means "still
 * rebalancing", kafkajs waits a moment and begins to join anew. The broker waits meanwhile, for up to the rebalance time-out, and takes
 * commits of the old generation.
 * @param isHandedOver - Whether nothing of the old assignment is being handled or waits to be committed.
 */
export function afterHandover(assigner: PartitionAssigner, isHandedOver: () => boolean): PartitionAssigner {
  return (config) => {
    const inner = assigner(config);
    return {
      ...inner,
      protocol(subscription) {
        if (isHandedOver()) return inner.protocol(subscription);
        const error = new BotgoError('BOTGO_BROKER', 'partitions are being handed over: join again later');
        throw Object.assign(error, { type: 'REBALANCE_IN_PROGRESS' });
      },
    };
  };
}
