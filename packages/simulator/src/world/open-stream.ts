import type { Message } from './model.js';

/** A message that grows. */
export interface OpenStream {
  readonly message: Message;
  readonly appId: string;
  readonly contentType: unknown;
  readonly mode: 'append' | 'replace';
  nextIndex: number;
  lastMs: number;
  state: 'open' | 'ended' | 'superseded';
}
