import {
  type Channel,
  type ChannelOnlineNums,
  ChannelPrivateType,
  type ChannelToCreate,
  type ChannelToUpdate,
  type VoiceChannelMember,
} from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readArray, readNothing, readObject, readObjectOrFirst } from './readers.js';

const CHANNELS = endpoint('GET /guilds/{guild_id}/channels', readArray<Channel>);
const CHANNEL = endpoint('GET /channels/{channel_id}', readObject<Channel>);
const POST_CHANNEL = endpoint('POST /guilds/{guild_id}/channels', readObjectOrFirst<Channel>);
const PATCH_CHANNEL = endpoint('PATCH /channels/{channel_id}', readObject<Channel>);
const DELETE_CHANNEL = endpoint('DELETE /channels/{channel_id}', readNothing);
const VOICE_MEMBERS = endpoint('GET /channels/{channel_id}/voice/members', readArray<VoiceChannelMember>);
const ONLINE_NUMS = endpoint('GET /channels/{channel_id}/online_nums', readObject<ChannelOnlineNums>);

/** Channels [子频道] of a guild. */
export interface ChannelAPI {
  channels(guildId: string, options?: CallOptions): Promise<Channel[]>;
  channel(channelId: string, options?: CallOptions): Promise<Channel>;
  /**
   * Makes a channel. `position` is from 1 (categories from 2); a taken one moves the others. Every value is sent as given, 0 too (BotGo
   * drops it, D-A13). Private-domain bots that manage the guild. Source: bot-docs.
   */
  postChannel(guildId: string, channel: ChannelToCreate, options?: CallOptions): Promise<Channel>;
  /**
   * Makes a channel that not everybody sees: for owner and administrators, or with `userIds` for them too. `private_type` in `channel`
   * decides where it is given. BotGo has the two the wrong way round and changes the caller's object (D-A4); this does neither.
   */
  createPrivateChannel(
    guildId: string,
    channel: ChannelToCreate,
    userIds: readonly string[],
    options?: CallOptions,
  ): Promise<Channel>;
  /** Changes what is given and nothing else. Private-domain bots that manage the channel. Source: bot-docs. */
  patchChannel(channelId: string, channel: ChannelToUpdate, options?: CallOptions): Promise<Channel>;
  /** Deletes a channel, for good. Private-domain bots that manage the channel. Source: bot-docs. */
  deleteChannel(channelId: string, options?: CallOptions): Promise<void>;
  /** Who is in a voice channel; HTTP 400 for other channels. Private-domain bots in an internal test. Source: botpy, BotGo. */
  listVoiceChannelMembers(channelId: string, options?: CallOptions): Promise<VoiceChannelMember[]>;
  /** How many are in a voice or live channel. Source: bot-docs. */
  channelOnlineNums(channelId: string, options?: CallOptions): Promise<ChannelOnlineNums>;
}

/** @internal */
export function channelAPI(call: Call): ChannelAPI {
  return {
    channels: (guildId, options) => call(CHANNELS, { ids: [guildId] }, options),
    channel: (channelId, options) => call(CHANNEL, { ids: [channelId] }, options),
    postChannel: (guildId, channel, options) =>
      call(POST_CHANNEL, { ids: [guildId], body: channel }, options),
    createPrivateChannel: (guildId, channel, userIds, options) =>
      call(POST_CHANNEL, { ids: [guildId], body: privateChannel(channel, userIds) }, options),
    patchChannel: (channelId, channel, options) =>
      call(PATCH_CHANNEL, { ids: [channelId], body: channel }, options),
    deleteChannel: (channelId, options) => call(DELETE_CHANNEL, { ids: [channelId] }, options),
    listVoiceChannelMembers: (channelId, options) => call(VOICE_MEMBERS, { ids: [channelId] }, options),
    channelOnlineNums: (channelId, options) => call(ONLINE_NUMS, { ids: [channelId] }, options),
  };
}

function privateChannel(
  channel: ChannelToCreate,
  userIds: readonly string[] | null | undefined,
): ChannelToCreate {
  const listed = userIds?.length ? { private_user_ids: [...userIds] } : {};
  const private_type = userIds?.length ? ChannelPrivateType.AdminAndMember : ChannelPrivateType.OnlyAdmin;
  return { private_type, ...channel, ...listed };
}
