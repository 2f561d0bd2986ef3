import type { ClaimStore } from 'botgo/delivery';
import { type Coordinator, memoryCoordinator } from 'botgo/session';
import type { StoreAddress } from '../messages.js';

/** The coordinator of a store, and the duplicate window where it has one. */
export interface Coordination {
  readonly coordinator: Coordinator;
  readonly claims: ClaimStore | undefined;
  close(): Promise<void>;
}

export function coordinationOn(store: StoreAddress): Coordination {
  switch (store.kind) {
    case 'memory': {
      const coordinator = memoryCoordinator({ file: store.file });
      return { coordinator, claims: undefined, close: () => coordinator.close() };
    }
    default:
      throw new Error(`there is no store ${store.kind}`);
  }
}
