import { ok, type Route } from './call.js';

/** The access point of the gateway. */
export const gatewayRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/gateway',
    handler: (call) => ok({ url: gatewayUrl(call.origin) }),
  },
  {
    method: 'GET',
    path: '/gateway/bot',
    handler: ({ platform, bot, origin }) =>
      ok({
        url: gatewayUrl(origin),
        shards: bot.shards,
        session_start_limit: platform.limitsOf(bot).look(platform.clock.now()),
      }),
  },
];

export function gatewayUrl(origin: string): string {
  return `${origin.replace(/^http/, 'ws')}/websocket/`;
}
