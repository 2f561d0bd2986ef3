import type { MessageSetting } from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readObject } from './readers.js';

const GET_MESSAGE_SETTING = endpoint('GET /guilds/{guild_id}/message/setting', readObject<MessageSetting>);

/** How often the bot may write in a guild without being asked. */
export interface MessageSettingAPI {
  /** The guild's settings for proactive messages: whether, where and how many. Source: bot-docs. */
  getMessageSetting(guildId: string, options?: CallOptions): Promise<MessageSetting>;
}

/** @internal */
export function messageSettingAPI(call: Call): MessageSettingAPI {
  return {
    getMessageSetting: (guildId, options) => call(GET_MESSAGE_SETTING, { ids: [guildId] }, options),
  };
}
