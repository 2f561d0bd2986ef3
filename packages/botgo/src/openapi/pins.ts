import type { PinsMessage } from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readNothing, readObject } from './readers.js';

const ADD = endpoint('PUT /channels/{channel_id}/pins/{message_id}', readObject<PinsMessage>);
const DELETE = endpoint('DELETE /channels/{channel_id}/pins/{message_id}', readNothing);
const CLEAN = endpoint('DELETE /channels/{channel_id}/pins/all', readNothing);
const GET = endpoint('GET /channels/{channel_id}/pins', readObject<PinsMessage>);

/** Pinned messages [精华消息] of a channel. Changing them needs a bot that is administrator. */
export interface PinsAPI {
  /** Pins a message; 20 per channel (501013). @returns All pins after the call. Source: bot-docs. */
  addPins(channelId: string, messageId: string, options?: CallOptions): Promise<PinsMessage>;
  deletePins(channelId: string, messageId: string, options?: CallOptions): Promise<void>;
  /** Takes all pins of the channel away. */
  cleanPins(channelId: string, options?: CallOptions): Promise<void>;
  getPins(channelId: string, options?: CallOptions): Promise<PinsMessage>;
}

/** @internal */
export function pinsAPI(call: Call): PinsAPI {
  return {
    addPins: (channelId, messageId, options) => call(ADD, { ids: [channelId, messageId] }, options),
    deletePins: (channelId, messageId, options) => call(DELETE, { ids: [channelId, messageId] }, options),
    cleanPins: (channelId, options) => call(CLEAN, { ids: [channelId] }, options),
    getPins: (channelId, options) => call(GET, { ids: [channelId] }, options),
  };
}
