import { describe, it } from 'vitest';
import { ADAPTER_CONTRACT, type ContractBroker } from '../src/contract/index.js';
import { MemoryBroker } from '../src/index.js';

function memory(): ContractBroker {
  return {
    async openStream(partitions) {
      const broker = new MemoryBroker({ partitions });
      return {
        publisher: () => broker.publisher(),
        source: (group, options) => broker.source({ ...options, group, quietMs: 50 }),
        deadLetters: async () => broker.deadLetters,
        addPartitions: async (more) => broker.addPartitions(more),
      };
    },
    close: async () => {},
  };
}

describe('adapter contract: memory', () => {
  for (const { name, needs, run } of ADAPTER_CONTRACT) {
    if (needs === 'restart' || needs === 'processes') continue;
    it(name, async () => {
      const broker = memory();
      try {
        await run(broker);
      } finally {
        await broker.close();
      }
    });
  }
});
