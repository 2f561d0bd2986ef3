import type { GatewayURL, WebsocketAP } from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readObject } from './readers.js';

const GATEWAY = endpoint('GET /gateway', readObject<GatewayURL>);
const GATEWAY_BOT = endpoint('GET /gateway/bot', readObject<WebsocketAP>);

/** Where to connect for events. */
export interface GatewayAPI {
  /** The gateway's URL alone. */
  gateway(options?: CallOptions): Promise<GatewayURL>;
  /**
   * The gateway's URL, how many shards the platform recommends, and how many sessions may still be started.
   * @param _params - BotGo's `ctx, nil, ""`: it ignores both arguments (D-A17), and so does this.
   */
  ws(options?: CallOptions | null, _params?: string): Promise<WebsocketAP>;
}

/** @internal */
export function gatewayAPI(call: Call): GatewayAPI {
  return {
    gateway: (options) => call(GATEWAY, {}, options),
    ws: (options) => call(GATEWAY_BOT, {}, options),
  };
}
