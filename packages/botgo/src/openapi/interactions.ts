import type { InteractionAnswer } from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readNothing } from './readers.js';

const PUT_INTERACTION = endpoint('PUT /interactions/{interaction_id}', readNothing);

/** Answers to buttons and menus [互动]. */
export interface InteractionAPI {
  /**
   * Answers an interaction: once, within 3 seconds, types 11 and 12 only. The id is `d.id` of INTERACTION_CREATE.
   * BotGo sends the body as plain text (D-A3); this sends JSON. 50 a second. Source: bot-docs, official wiki.
   */
  putInteraction(interactionId: string, answer: InteractionAnswer, options?: CallOptions): Promise<void>;
}

/** @internal */
export function interactionAPI(call: Call, appId: string): InteractionAPI {
  const headers = { 'x-callback-appid': appId };
  return {
    putInteraction: (interactionId, answer, options) =>
      call(PUT_INTERACTION, { ids: [interactionId], body: answer, headers }, options),
  };
}
