import { memoryReplyStore } from '../src/message/index.js';
import { replyStoreContract } from './reply-store-contract.js';

const spaces = new Map<string, ReturnType<typeof memoryReplyStore>>();

replyStoreContract('memory', (space) => {
  const store = spaces.get(space) ?? memoryReplyStore();
  spaces.set(space, store);
  return { store };
});
