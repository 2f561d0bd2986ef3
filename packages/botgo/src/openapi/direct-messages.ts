import type { ChannelMessageToCreate, DirectMessage, DirectMessageToCreate, Message } from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint, sendingEndpoint } from './endpoint.js';
import { messageRequest } from './message-request.js';
import { type RetractOptions, retractQuery } from './messages.js';
import { readNothing, readObjectOrFirst } from './readers.js';
import type { Sent } from './send-outcome.js';

// The session is found when there is one already.
const CREATE_DIRECT_MESSAGE = endpoint('POST /users/@me/dms', readObjectOrFirst<DirectMessage>, 'harmless');
const POST_DIRECT_MESSAGE = sendingEndpoint<Message>('POST /dms/{guild_id}/messages');
const RETRACT_DM_MESSAGE = endpoint('DELETE /dms/{guild_id}/messages/{message_id}', readNothing);
const POST_DM_SETTING_GUIDE = sendingEndpoint<Message>('POST /dms/{guild_id}/settingguide');

/** A DM session: its `guild_id`, or what {@link DirectMessageAPI.createDirectMessage} returned, which BotGo takes. */
export type DirectMessageSession = string | Pick<DirectMessage, 'guild_id'>;

/** Direct messages of the guild world [频道私信]. */
export interface DirectMessageAPI {
  /**
   * Opens, or finds, the DM session with a member. Bot and member must share the source guild. The `guild_id` of the answer is the
   * session's own: it goes into {@link DirectMessageAPI.postDirectMessage}. Source: bot-docs.
   */
  createDirectMessage(session: DirectMessageToCreate, options?: CallOptions): Promise<DirectMessage>;
  /**
   * Sends a direct message: an answer within 5 minutes, else a proactive one (2 a day per user, 200 a day per bot). Errors 304031 to
   * 304034, 304049, 304050.
   * @param session - Not the source guild's id. Source: bot-docs.
   */
  postDirectMessage(
    session: DirectMessageSession,
    message: ChannelMessageToCreate,
    options?: CallOptions,
  ): Promise<Sent<Message>>;
  /** Takes back a direct message of the bot's own. Private-domain bots. Source: bot-docs. */
  retractDMMessage(guildId: string, messageId: string, options?: RetractOptions): Promise<void>;
  /** Sends a guide to the push settings of a guild. @param jumpGuildId - The guild that it opens. Source: BotGo. */
  postDMSettingGuide(
    session: DirectMessageSession,
    jumpGuildId: string,
    options?: CallOptions,
  ): Promise<Sent<Message>>;
}

/** @internal */
export function directMessageAPI(call: Call): DirectMessageAPI {
  return {
    createDirectMessage: (session, options) => call(CREATE_DIRECT_MESSAGE, { body: session }, options),
    postDirectMessage: async (session, message, options) =>
      call(POST_DIRECT_MESSAGE, { ids: [guildIdOf(session)], ...(await messageRequest(message)) }, options),
    retractDMMessage: (guildId, messageId, options) =>
      call(RETRACT_DM_MESSAGE, { ids: [guildId, messageId], query: retractQuery(options) }, options),
    postDMSettingGuide: (session, jumpGuildId, options) =>
      call(
        POST_DM_SETTING_GUIDE,
        { ids: [guildIdOf(session)], body: { setting_guide: { guild_id: jumpGuildId } } },
        options,
      ),
  };
}

function guildIdOf(session: DirectMessageSession): string {
  return typeof session === 'object' && session !== null ? session.guild_id : session;
}
