import { badRequest, Refusal } from '../rules/refusal.js';
import { type Call, optionalWhole, type Reply, type Route } from './call.js';

export const interactionRoutes: readonly Route[] = [
  { method: 'PUT', path: '/interactions/:interaction_id', handler: answerInteraction, perSecond: 50 },
];

/** Codes 0 to 5: done, failed, too frequent, repeated, no permission, administrators only. */
function answerInteraction(call: Call): Reply {
  const { platform, bot } = call;
  const code = optionalWhole(call.body.code, 'code', 630001);
  if (code === undefined || code < 0 || code > 5) throw badRequest(630001, 'code must be between 0 and 5');
  const callbackApp = call.header('x-callback-appid');
  if (callbackApp !== undefined && callbackApp !== bot.appId) {
    throw badRequest(630003, 'the interaction belongs to another appid');
  }
  const state = platform.interactions.answer(
    call.param('interaction_id'),
    bot.appId,
    code,
    platform.clock.now(),
  );
  switch (state) {
    case 'waiting':
      return { status: 200, body: {} };
    case 'other-app':
      throw badRequest(630003, 'the interaction belongs to another appid');
    case 'unknown':
    case 'expired':
    case 'answered':
      throw new Refusal(400, 630005, `the interaction cannot be answered: it is ${state}`);
    default:
      return state satisfies never;
  }
}
