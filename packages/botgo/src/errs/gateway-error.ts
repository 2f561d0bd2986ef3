import { BotgoError, type BotgoErrorInfo } from './botgo-error.js';

/** Details of a {@link GatewayError}. */
export interface GatewayErrorInfo extends BotgoErrorInfo {
  readonly closeCode?: number | undefined;
  readonly closeReason?: string | undefined;
  readonly shard?: number | undefined;
  readonly recommendedShards?: number | undefined;
}

/** The gateway ended a shard for good: see `protocol/gateway.md` section 9 for what each close code means. */
export class GatewayError extends BotgoError {
  override readonly name = 'GatewayError';
  /** WebSocket close code, when one was received. */
  readonly closeCode: number | undefined;
  /** The close frame's text, when there was one. */
  readonly closeReason: string | undefined;
  /** The shard that was stopped. */
  readonly shard: number | undefined;
  /** After 4011 (too many guilds for one shard): the count that `GET /gateway/bot` now recommends. */
  readonly recommendedShards: number | undefined;

  constructor(message: string, info: GatewayErrorInfo = {}) {
    super('BOTGO_GATEWAY_FATAL', message, info);
    this.closeCode = info.closeCode;
    this.closeReason = info.closeReason;
    this.shard = info.shard;
    this.recommendedShards = info.recommendedShards;
  }
}
