import type { Message, MessageSendResult } from '../dto/index.js';
import type { AlreadySent } from '../openapi/index.js';
import type { PendingMessage } from './pending-audits.js';

/** What became of a message: the platform's answer to it, or that an audit decides, or that it was there already. */
export type SentMessage = Message | MessageSendResult | PendingMessage | AlreadySent;
