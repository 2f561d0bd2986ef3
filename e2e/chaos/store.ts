import { join } from 'node:path';
import type { StoreAddress } from './messages.js';
import type { Options } from './options.js';

/** One node's way to the store. */
export interface StoreLine {
  readonly address: StoreAddress;
  /** From now on nothing gets through, and nobody is told. */
  cut(): void;
  heal(): void;
  close(): Promise<void>;
}

/** The store of a run. */
export interface RunStore {
  connect(): Promise<StoreLine>;
  /** Ends it in the middle and starts it again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** @param adopt - Told of every process that is started. */
export async function startStore(options: Options, _adopt: (pid: number) => void): Promise<RunStore> {
  switch (options.store) {
    case 'memory':
      return memoryStore(join(options.out, 'state.json'));
    default:
      throw new Error(`there is no store ${options.store}`);
  }
}

/** One process at a time, with its state in a file: there is nothing to cut it from. */
function memoryStore(file: string): RunStore {
  const never = (): never => {
    throw new Error('a memory store is part of its process: it cannot be cut off or restarted');
  };
  return {
    connect: async () => ({
      address: { kind: 'memory', file },
      cut: never,
      heal: never,
      close: async () => {},
    }),
    restart: async () => never(),
    close: async () => {},
  };
}
