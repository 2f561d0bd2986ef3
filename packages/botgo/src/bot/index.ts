export {
  Bot,
  type BotErrorHandler,
  type BotStatus,
  type BotWebhook,
  type BotWebhookOptions,
} from './bot.js';
export { BOT_DEFAULTS, type BotOptions, type GatewayOptions } from './bot-options.js';
export type { CommandHandler, CommandOptions } from './commands.js';
export type { Context, NextMessageOptions } from './context.js';
export type { MessageEventType, SceneOf } from './message-events.js';
export type { BotHandler } from './router.js';
