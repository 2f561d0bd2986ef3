import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOpenAPI, type OpenAPI } from '../../src/openapi/index.js';
import { botToken } from '../../src/token/index.js';
import { type RecordingServer, recordingServer } from './recording-server.js';

/** A call of a method and what must go over the wire for it. */
interface Row {
  readonly method: string;
  readonly run: (api: OpenAPI) => Promise<unknown>;
  /** `VERB /path?query`. */
  readonly sends: string;
  readonly body?: unknown;
  /** What the platform answers; `{}` by default. */
  readonly answer?: unknown;
  /** What the method returns; the answer by default, `undefined` for methods that return nothing. */
  readonly returns?: unknown;
}

const emoji = { type: 1, id: '4' };
const page = (name: string) => ({ [name]: [], next_cursor: 'n' });

const ROWS: readonly Row[] = [
  // Gateway
  { method: 'gateway', run: (api) => api.gateway(), sends: 'GET /gateway', answer: { url: 'wss://x' } },
  { method: 'ws', run: (api) => api.ws(), sends: 'GET /gateway/bot', answer: { url: 'wss://x', shards: 2 } },
  // Users
  { method: 'me', run: (api) => api.me(), sends: 'GET /users/@me', answer: { id: '1' } },
  {
    method: 'meGuilds',
    run: (api) => api.meGuilds({ after: '5', limit: 2 }),
    sends: 'GET /users/@me/guilds?after=5&limit=2',
    answer: [{ id: '6' }],
  },
  {
    method: 'meGuilds',
    run: (api) => api.meGuilds({ before: '9', after: '5' }),
    sends: 'GET /users/@me/guilds?before=9',
    answer: { guilds: [{ id: '6' }] },
    returns: [{ id: '6' }],
  },
  {
    method: 'generateURLLink',
    run: (api) => api.generateURLLink({ callback_data: 'c' }),
    sends: 'POST /v2/generate_url_link',
    body: { callback_data: 'c' },
    answer: { data: { url: 'https://x' } },
    returns: { data: { url: 'https://x' }, url: 'https://x' },
  },
  {
    method: 'generateURLLink',
    run: (api) => api.generateURLLink({}),
    sends: 'POST /v2/generate_url_link',
    body: {},
    answer: { url_link: 'https://old' },
    returns: { url_link: 'https://old', url: 'https://old' },
  },
  // Guilds
  { method: 'guild', run: (api) => api.guild('G'), sends: 'GET /guilds/G', answer: { id: 'G' } },
  {
    method: 'getMessageSetting',
    run: (api) => api.getMessageSetting('G'),
    sends: 'GET /guilds/G/message/setting',
    answer: { disable_push_msg: true },
  },
  {
    method: 'guildMembers',
    run: (api) => api.guildMembers('G', { after: '0', limit: 400 }),
    sends: 'GET /guilds/G/members?after=0&limit=400',
    answer: [{ nick: 'a' }],
  },
  {
    method: 'guildRoleMembers',
    run: (api) => api.guildRoleMembers('G', 'R', { start_index: '3' }),
    sends: 'GET /guilds/G/roles/R/members?start_index=3',
    answer: { data: [], next: '0' },
  },
  {
    method: 'guildMember',
    run: (api) => api.guildMember('G', 'U'),
    sends: 'GET /guilds/G/members/U',
    answer: { nick: 'a' },
  },
  {
    method: 'deleteGuildMember',
    run: (api) => api.deleteGuildMember('G', 'U', { add_blacklist: false, delete_history_msg_days: 0 }),
    sends: 'DELETE /guilds/G/members/U',
    body: { add_blacklist: false, delete_history_msg_days: 0 },
    returns: undefined,
  },
  {
    method: 'guildMute',
    run: (api) => api.guildMute('G', { mute_seconds: '0' }),
    sends: 'PATCH /guilds/G/mute',
    body: { mute_seconds: '0' },
    returns: undefined,
  },
  // Channels
  { method: 'channels', run: (api) => api.channels('G'), sends: 'GET /guilds/G/channels', answer: [] },
  { method: 'channel', run: (api) => api.channel('C'), sends: 'GET /channels/C', answer: { id: 'C' } },
  {
    method: 'postChannel',
    run: (api) => api.postChannel('G', { name: 'n', type: 0, sub_type: 0, position: 0, private_type: 0 }),
    sends: 'POST /guilds/G/channels',
    body: { name: 'n', type: 0, sub_type: 0, position: 0, private_type: 0 },
    answer: { id: 'C' },
  },
  {
    method: 'postChannel',
    run: (api) => api.postChannel('G', { name: 'n', type: 0 }),
    sends: 'POST /guilds/G/channels',
    body: { name: 'n', type: 0 },
    answer: [{ id: 'C' }],
    returns: { id: 'C' },
  },
  {
    method: 'createPrivateChannel',
    run: (api) => api.createPrivateChannel('G', { name: 'n', type: 0 }, ['U']),
    sends: 'POST /guilds/G/channels',
    body: { name: 'n', type: 0, private_type: 2, private_user_ids: ['U'] },
    answer: { id: 'C' },
  },
  {
    method: 'patchChannel',
    run: (api) => api.patchChannel('C', { name: 'n' }),
    sends: 'PATCH /channels/C',
    body: { name: 'n' },
  },
  {
    method: 'deleteChannel',
    run: (api) => api.deleteChannel('C'),
    sends: 'DELETE /channels/C',
    returns: undefined,
  },
  {
    method: 'listVoiceChannelMembers',
    run: (api) => api.listVoiceChannelMembers('C'),
    sends: 'GET /channels/C/voice/members',
    answer: [],
  },
  {
    method: 'channelOnlineNums',
    run: (api) => api.channelOnlineNums('C'),
    sends: 'GET /channels/C/online_nums',
    answer: { online_nums: 3 },
  },
  // Channel permissions
  {
    method: 'channelPermissions',
    run: (api) => api.channelPermissions('C', 'U'),
    sends: 'GET /channels/C/members/U/permissions',
    answer: { permissions: '4' },
  },
  {
    method: 'putChannelPermissions',
    run: (api) => api.putChannelPermissions('C', 'U', { add: '4', remove: '18446744073709551615' }),
    sends: 'PUT /channels/C/members/U/permissions',
    body: { add: '4', remove: '18446744073709551615' },
    returns: undefined,
  },
  {
    method: 'channelRolesPermissions',
    run: (api) => api.channelRolesPermissions('C', 'R'),
    sends: 'GET /channels/C/roles/R/permissions',
    answer: { permissions: '4' },
  },
  {
    method: 'putChannelRolesPermissions',
    run: (api) => api.putChannelRolesPermissions('C', 'R', { add: '4' }),
    sends: 'PUT /channels/C/roles/R/permissions',
    body: { add: '4' },
    returns: undefined,
  },
  // Members: the role comes before the user, as in BotGo, and after it in the path
  {
    method: 'memberAddRole',
    run: (api) => api.memberAddRole('G', '5', 'U', { channel: { id: 'C' } }),
    sends: 'PUT /guilds/G/members/U/roles/5',
    body: { channel: { id: 'C' } },
    returns: undefined,
  },
  {
    method: 'memberDeleteRole',
    run: (api) => api.memberDeleteRole('G', 'R', 'U'),
    sends: 'DELETE /guilds/G/members/U/roles/R',
    body: {},
    returns: undefined,
  },
  {
    method: 'memberMute',
    run: (api) => api.memberMute('G', 'U', { mute_end_timestamp: '1700000000' }),
    sends: 'PATCH /guilds/G/members/U/mute',
    body: { mute_end_timestamp: '1700000000' },
    returns: undefined,
  },
  {
    method: 'multiMemberMute',
    run: (api) => api.multiMemberMute('G', { mute_seconds: '60', user_ids: ['U', 'V'] }),
    sends: 'PATCH /guilds/G/mute',
    body: { mute_seconds: '60', user_ids: ['U', 'V'] },
    answer: { user_ids: ['U'] },
  },
  // Roles
  { method: 'roles', run: (api) => api.roles('G'), sends: 'GET /guilds/G/roles', answer: { roles: [] } },
  {
    method: 'postRole',
    run: (api) => api.postRole('G', { name: 'n', color: 0, hoist: 0 }),
    sends: 'POST /guilds/G/roles',
    body: { guild_id: 'G', filter: { name: 1, color: 1, hoist: 1 }, info: { name: 'n', color: 0, hoist: 0 } },
    answer: { role_id: 'R' },
  },
  {
    method: 'patchRole',
    run: (api) => api.patchRole('G', 'R', { name: 'n' }),
    sends: 'PATCH /guilds/G/roles/R',
    body: { guild_id: 'G', filter: { name: 1, color: 0, hoist: 0 }, info: { name: 'n' } },
    answer: { role_id: 'R' },
  },
  {
    method: 'deleteRole',
    run: (api) => api.deleteRole('G', 'R'),
    sends: 'DELETE /guilds/G/roles/R',
    returns: undefined,
  },
  // Messages
  {
    method: 'message',
    run: (api) => api.message('C', 'M'),
    sends: 'GET /channels/C/messages/M',
    answer: { id: 'M' },
  },
  {
    method: 'message',
    run: (api) => api.message('C', 'M'),
    sends: 'GET /channels/C/messages/M',
    answer: { message: { id: 'M' } },
    returns: { id: 'M' },
  },
  {
    method: 'messages',
    run: (api) => api.messages('C', { type: 'before', id: 'M', limit: 20 }),
    sends: 'GET /channels/C/messages?before=M&limit=20',
    answer: [],
  },
  {
    method: 'postMessage',
    run: (api) => api.postMessage('C', { content: 'x', msg_id: 'M' }),
    sends: 'POST /channels/C/messages',
    body: { content: 'x', msg_id: 'M' },
    answer: { id: 'N' },
  },
  {
    method: 'patchMessage',
    run: (api) => api.patchMessage('C', 'M', { keyboard: { id: 'k' } }),
    sends: 'PATCH /channels/C/messages/M',
    body: { keyboard: { id: 'k' } },
    answer: { id: 'M' },
  },
  {
    method: 'retractMessage',
    run: (api) => api.retractMessage('C', 'M', { hideTip: true }),
    sends: 'DELETE /channels/C/messages/M?hidetip=true',
    returns: undefined,
  },
  {
    method: 'retractMessage',
    run: (api) => api.retractMessage('C', 'M'),
    sends: 'DELETE /channels/C/messages/M',
    returns: undefined,
  },
  {
    method: 'postSettingGuide',
    run: (api) => api.postSettingGuide('C', ['1', '2']),
    sends: 'POST /channels/C/settingguide',
    body: { content: '<@1><@2>' },
    answer: { id: 'N' },
  },
  // C2C and groups
  {
    method: 'postC2CMessage',
    run: (api) => api.postC2CMessage('U', { msg_type: 0, content: 'x' }),
    sends: 'POST /v2/users/U/messages',
    body: { msg_type: 0, content: 'x' },
    answer: { id: 'N', timestamp: 1 },
  },
  {
    method: 'postC2CMessage',
    run: (api) => api.postC2CMessage('U', { file_type: 1, url: 'https://x' }),
    sends: 'POST /v2/users/U/files',
    body: { file_type: 1, url: 'https://x' },
    answer: { file_info: 'f' },
  },
  {
    method: 'postGroupMessage',
    run: (api) => api.postGroupMessage('Q', { msg_type: 7, media: { file_info: 'f' } }),
    sends: 'POST /v2/groups/Q/messages',
    body: { msg_type: 7, media: { file_info: 'f' } },
    answer: { id: 'N', timestamp: '2026-01-01T00:00:00+08:00' },
  },
  {
    method: 'postGroupMessage',
    run: (api) => api.postGroupMessage('Q', { file_type: 2, url: 'https://x', srv_send_msg: true }),
    sends: 'POST /v2/groups/Q/files',
    body: { file_type: 2, url: 'https://x', srv_send_msg: true },
    answer: { file_info: 'f', id: 'N' },
  },
  {
    method: 'retractC2CMessage',
    run: (api) => api.retractC2CMessage('U', 'M'),
    sends: 'DELETE /v2/users/U/messages/M',
    returns: undefined,
  },
  {
    method: 'retractGroupMessage',
    run: (api) => api.retractGroupMessage('Q', 'M'),
    sends: 'DELETE /v2/groups/Q/messages/M',
    returns: undefined,
  },
  {
    method: 'sendInputNotify',
    run: (api) => api.sendInputNotify('U', { input_type: 1, input_second: 5 }, { msg_id: 'M', msg_seq: 2 }),
    sends: 'POST /v2/users/U/messages',
    body: { msg_id: 'M', msg_seq: 2, msg_type: 6, input_notify: { input_type: 1, input_second: 5 } },
    answer: { id: 'N' },
  },
  {
    method: 'postC2CStreamMessage',
    run: (api) =>
      api.postC2CStreamMessage('U', { input_state: 1, index: 0, content_type: 'markdown', content_raw: 'x' }),
    sends: 'POST /v2/users/U/stream_messages',
    body: { input_state: 1, index: 0, content_type: 'markdown', content_raw: 'x' },
    answer: { id: 'S', remain_msg_len: 9 },
  },
  // Groups
  {
    method: 'groupInfo',
    run: (api) => api.groupInfo('Q'),
    sends: 'GET /v2/groups/Q/info',
    answer: { group_name: 'g' },
  },
  {
    method: 'groupBotState',
    run: (api) => api.groupBotState('Q'),
    sends: 'GET /v2/groups/Q/bot_state',
    answer: { member_role: 'member' },
  },
  {
    method: 'groupMembers',
    run: (api) => api.groupMembers('Q', { cursor: 'c' }),
    sends: 'GET /v2/groups/Q/members?cursor=c',
    answer: page('members'),
  },
  {
    method: 'groupMembers',
    run: (api) => api.groupMembers('Q'),
    sends: 'GET /v2/groups/Q/members',
    answer: page('members'),
  },
  {
    method: 'postGroupMembers',
    run: (api) => api.postGroupMembers('Q', { limit: 500, start_index: 0 }),
    sends: 'POST /v2/groups/Q/members',
    body: { limit: 500, start_index: 0 },
    answer: { members: [], next_index: 0 },
  },
  {
    method: 'groupMember',
    run: (api) => api.groupMember('Q', 'U'),
    sends: 'GET /v2/groups/Q/members/U',
    answer: { username: 'u' },
  },
  {
    method: 'batchRemoveGroupMembers',
    run: (api) => api.batchRemoveGroupMembers('Q', { member_openids: ['U'], add_to_member_blacklist: false }),
    sends: 'POST /v2/groups/Q/batch_remove_members',
    body: { member_openids: ['U'], add_to_member_blacklist: false },
    answer: { remove_members_result: 'success' },
  },
  {
    method: 'groupMemberBlacklist',
    run: (api) => api.groupMemberBlacklist('Q', { cursor: 'c', limit: 100 }),
    sends: 'GET /v2/groups/Q/member_blacklist?cursor=c&limit=100',
    answer: page('users'),
  },
  {
    method: 'updateGroupMemberBlacklist',
    run: (api) => api.updateGroupMemberBlacklist('Q', { op: 'add', member_openids: ['U'] }),
    sends: 'POST /v2/groups/Q/member_blacklist',
    body: { op: 'add', member_openids: ['U'] },
    answer: { fail_openids: [] },
  },
  {
    method: 'groupRestrictChatSetting',
    run: (api) => api.groupRestrictChatSetting('Q'),
    sends: 'GET /v2/groups/Q/restrict_chat_setting',
    answer: { members: [] },
  },
  {
    method: 'setGroupMemberMute',
    run: (api) => api.setGroupMemberMute('Q', [{ op: 'del', member_openid: 'U' }]),
    sends: 'POST /v2/groups/Q/restrict_chat_setting',
    body: { members: [{ op: 'del', member_openid: 'U' }] },
    returns: undefined,
  },
  {
    method: 'groupJoinRequests',
    run: (api) => api.groupJoinRequests('Q', { limit: 50 }),
    sends: 'GET /v2/groups/Q/join_request_list?limit=50',
    answer: page('list'),
  },
  {
    method: 'approveGroupJoinRequest',
    run: (api) => api.approveGroupJoinRequest('Q', 'U', { op: 'decline', reject_reason: 'no' }),
    sends: 'POST /v2/groups/Q/approval_join_request/U',
    body: { op: 'decline', reject_reason: 'no' },
    returns: undefined,
  },
  {
    method: 'joinApprovalStrategies',
    run: (api) => api.joinApprovalStrategies({ cursor: 'c' }),
    sends: 'GET /v2/groups/join_approval_strategy?cursor=c',
    answer: page('strategies'),
  },
  {
    method: 'createJoinApprovalStrategy',
    run: (api) => api.createJoinApprovalStrategy({ group_openids: ['Q'], is_enable: 'on' }),
    sends: 'POST /v2/groups/join_approval_strategy',
    body: { group_openids: ['Q'], is_enable: 'on' },
    answer: { strategy_id: 'st_1' },
  },
  {
    method: 'updateJoinApprovalStrategy',
    run: (api) => api.updateJoinApprovalStrategy('st_1', { is_enable: 'off' }),
    sends: 'PATCH /v2/groups/join_approval_strategy/st_1',
    body: { is_enable: 'off' },
    answer: { is_enable: 'off' },
  },
  {
    method: 'deleteJoinApprovalStrategy',
    run: (api) => api.deleteJoinApprovalStrategy('st_1'),
    sends: 'DELETE /v2/groups/join_approval_strategy/st_1',
    returns: undefined,
  },
  {
    method: 'executeJoinApprovalStrategy',
    run: (api) => api.executeJoinApprovalStrategy('st_1'),
    sends: 'POST /v2/groups/join_approval_strategy/st_1/execute',
    body: {},
    returns: undefined,
  },
  {
    method: 'updateJoinApprovalWhitelist',
    run: (api) => api.updateJoinApprovalWhitelist('st_1', { op: 'add', whitelist_users: ['10001'] }),
    sends: 'POST /v2/groups/join_approval_strategy/st_1/whitelist_users',
    body: { op: 'add', whitelist_users: ['10001'] },
    answer: { whitelist_user_count: 1 },
  },
  // Media
  {
    method: 'postC2CFile',
    run: (api) => api.postC2CFile('U', { file_type: 3, url: 'https://x', srv_send_msg: false }),
    sends: 'POST /v2/users/U/files',
    body: { file_type: 3, url: 'https://x', srv_send_msg: false },
    answer: { file_info: 'f' },
  },
  {
    method: 'postGroupFile',
    run: (api) => api.postGroupFile('Q', { file_type: 1, file_data: 'aGk=' }),
    sends: 'POST /v2/groups/Q/files',
    body: { file_type: 1, file_data: 'aGk=' },
    answer: { file_info: 'f' },
  },
  {
    method: 'prepareC2CUpload',
    run: (api) =>
      api.prepareC2CUpload('U', {
        file_type: 2,
        file_name: 'v.mp4',
        file_size: 12,
        md5: 'a',
        sha1: 'b',
        md5_10m: 'c',
      }),
    sends: 'POST /v2/users/U/upload_prepare',
    body: { file_type: 2, file_name: 'v.mp4', file_size: '12', md5: 'a', sha1: 'b', md5_10m: 'c' },
    answer: { upload_id: 'u', block_size: '5', parts: [], upload_config: { concurrency: 2 } },
  },
  {
    method: 'prepareGroupUpload',
    run: (api) =>
      api.prepareGroupUpload('Q', {
        file_type: 2,
        file_name: 'v',
        file_size: '12',
        md5: 'a',
        sha1: 'b',
        md5_10m: 'c',
      }),
    sends: 'POST /v2/groups/Q/upload_prepare',
    body: { file_type: 2, file_name: 'v', file_size: '12', md5: 'a', sha1: 'b', md5_10m: 'c' },
    answer: { upload_id: 'u', block_size: 5, parts: [], concurrency: 3, retry_timeout: 120 },
    returns: {
      upload_id: 'u',
      block_size: 5,
      parts: [],
      concurrency: 3,
      retry_timeout: 120,
      upload_config: { concurrency: 3, retry_timeout: 120 },
    },
  },
  {
    method: 'finishC2CUploadPart',
    run: (api) => api.finishC2CUploadPart('U', { upload_id: 'u', part_index: 0, block_size: 5, md5: 'a' }),
    sends: 'POST /v2/users/U/upload_part_finish',
    body: { upload_id: 'u', part_index: 0, block_size: '5', md5: 'a' },
    returns: undefined,
  },
  {
    method: 'finishGroupUploadPart',
    run: (api) =>
      api.finishGroupUploadPart('Q', { upload_id: 'u', part_index: 1, block_size: '5', md5: 'a' }),
    sends: 'POST /v2/groups/Q/upload_part_finish',
    body: { upload_id: 'u', part_index: 1, block_size: '5', md5: 'a' },
    returns: undefined,
  },
  {
    method: 'completeC2CUpload',
    run: (api) => api.completeC2CUpload('U', 'u'),
    sends: 'POST /v2/users/U/files',
    body: { upload_id: 'u' },
    answer: { file_info: 'f' },
  },
  {
    method: 'completeGroupUpload',
    run: (api) => api.completeGroupUpload('Q', 'u', { file_type: 2, srv_send_msg: false }),
    sends: 'POST /v2/groups/Q/files',
    body: { file_type: 2, srv_send_msg: false, upload_id: 'u' },
    answer: { file_info: 'f' },
  },
  // Reactions
  {
    method: 'createMessageReaction',
    run: (api) => api.createMessageReaction('C', 'M', emoji),
    sends: 'PUT /channels/C/messages/M/reactions/1/4',
    returns: undefined,
  },
  {
    method: 'createMessageReaction',
    run: (api) => api.createMessageReaction('C', 'M', { type: 2, id: '🎉' }),
    sends: 'PUT /channels/C/messages/M/reactions/2/%F0%9F%8E%89',
    returns: undefined,
  },
  {
    method: 'deleteOwnMessageReaction',
    run: (api) => api.deleteOwnMessageReaction('C', 'M', emoji),
    sends: 'DELETE /channels/C/messages/M/reactions/1/4',
    returns: undefined,
  },
  {
    method: 'getMessageReactionUsers',
    run: (api) => api.getMessageReactionUsers('C', 'M', emoji, { cookie: 'a&b', limit: 50 }),
    sends: 'GET /channels/C/messages/M/reactions/1/4?cookie=a%26b&limit=50',
    answer: { users: [], is_end: true },
  },
  // Pins
  {
    method: 'addPins',
    run: (api) => api.addPins('C', 'M'),
    sends: 'PUT /channels/C/pins/M',
    answer: { message_ids: ['M'] },
  },
  {
    method: 'deletePins',
    run: (api) => api.deletePins('C', 'M'),
    sends: 'DELETE /channels/C/pins/M',
    returns: undefined,
  },
  {
    method: 'cleanPins',
    run: (api) => api.cleanPins('C'),
    sends: 'DELETE /channels/C/pins/all',
    returns: undefined,
  },
  {
    method: 'getPins',
    run: (api) => api.getPins('C'),
    sends: 'GET /channels/C/pins',
    answer: { message_ids: [] },
  },
  // Announcements
  {
    method: 'createGuildAnnounces',
    run: (api) =>
      api.createGuildAnnounces('G', { recommend_channels: [{ channel_id: 'C', introduce: 'i' }] }),
    sends: 'POST /guilds/G/announces',
    body: { recommend_channels: [{ channel_id: 'C', introduce: 'i' }] },
    answer: { guild_id: 'G' },
  },
  {
    method: 'deleteGuildAnnounces',
    run: (api) => api.deleteGuildAnnounces('G', 'M'),
    sends: 'DELETE /guilds/G/announces/M',
    returns: undefined,
  },
  {
    method: 'cleanGuildAnnounces',
    run: (api) => api.cleanGuildAnnounces('G'),
    sends: 'DELETE /guilds/G/announces/all',
    returns: undefined,
  },
  {
    method: 'createChannelAnnounces',
    run: (api) => api.createChannelAnnounces('C', { message_id: 'M' }),
    sends: 'POST /channels/C/announces',
    body: { message_id: 'M' },
    answer: { message_id: 'M' },
  },
  {
    method: 'deleteChannelAnnounces',
    run: (api) => api.deleteChannelAnnounces('C', 'M'),
    sends: 'DELETE /channels/C/announces/M',
    returns: undefined,
  },
  {
    method: 'cleanChannelAnnounces',
    run: (api) => api.cleanChannelAnnounces('C'),
    sends: 'DELETE /channels/C/announces/all',
    returns: undefined,
  },
  // Schedules
  {
    method: 'listSchedules',
    run: (api) => api.listSchedules('C', 0),
    sends: 'GET /channels/C/schedules?since=0',
    answer: [],
  },
  {
    method: 'listSchedules',
    run: (api) => api.listSchedules('C'),
    sends: 'GET /channels/C/schedules',
    answer: {},
    returns: [],
  },
  {
    method: 'getSchedule',
    run: (api) => api.getSchedule('C', 'S'),
    sends: 'GET /channels/C/schedules/S',
    answer: { id: 'S' },
  },
  {
    method: 'createSchedule',
    run: (api) => api.createSchedule('C', { name: 'n', start_timestamp: '1', end_timestamp: '2' }),
    sends: 'POST /channels/C/schedules',
    body: { schedule: { name: 'n', start_timestamp: '1', end_timestamp: '2' } },
    answer: { id: 'S' },
  },
  {
    method: 'modifySchedule',
    run: (api) => api.modifySchedule('C', 'S', { name: 'n', start_timestamp: '1', end_timestamp: '2' }),
    sends: 'PATCH /channels/C/schedules/S',
    body: { schedule: { name: 'n', start_timestamp: '1', end_timestamp: '2' } },
    answer: { id: 'S' },
  },
  {
    method: 'deleteSchedule',
    run: (api) => api.deleteSchedule('C', 'S'),
    sends: 'DELETE /channels/C/schedules/S',
    returns: undefined,
  },
  // API permissions
  {
    method: 'getAPIPermissions',
    run: (api) => api.getAPIPermissions('G'),
    sends: 'GET /guilds/G/api_permission',
    answer: { apis: [] },
  },
  {
    method: 'getAPIPermissions',
    run: (api) => api.getAPIPermissions('G'),
    sends: 'GET /guilds/G/api_permission',
    answer: [{ path: '/x' }],
    returns: { apis: [{ path: '/x' }] },
  },
  {
    method: 'requireAPIPermissions',
    run: (api) =>
      api.requireAPIPermissions('G', {
        channel_id: 'C',
        api_identify: { path: '/x', method: 'GET' },
        desc: 'd',
      }),
    sends: 'POST /guilds/G/api_permission/demand',
    body: { channel_id: 'C', api_identify: { path: '/x', method: 'GET' }, desc: 'd' },
    answer: { title: 't' },
  },
  // Audio
  {
    method: 'postAudio',
    run: (api) => api.postAudio('C', { status: 0, audio_url: 'https://x', text: 't' }),
    sends: 'POST /channels/C/audio',
    body: { status: 0, audio_url: 'https://x', text: 't' },
    returns: undefined,
  },
  {
    method: 'putMic',
    run: (api) => api.putMic('C'),
    sends: 'PUT /channels/C/mic',
    body: {},
    returns: undefined,
  },
  {
    method: 'deleteMic',
    run: (api) => api.deleteMic('C'),
    sends: 'DELETE /channels/C/mic',
    body: {},
    returns: undefined,
  },
  // Forum
  {
    method: 'threads',
    run: (api) => api.threads('C'),
    sends: 'GET /channels/C/threads',
    answer: { threads: [], is_finish: 1 },
  },
  {
    method: 'thread',
    run: (api) => api.thread('C', 'T'),
    sends: 'GET /channels/C/threads/T',
    answer: { thread: { guild_id: 'G' } },
    returns: { guild_id: 'G' },
  },
  {
    method: 'thread',
    run: (api) => api.thread('C', 'T'),
    sends: 'GET /channels/C/threads/T',
    answer: { guild_id: 'G' },
  },
  {
    method: 'putThread',
    run: (api) => api.putThread('C', { title: 't', content: 'c', format: 1 }),
    sends: 'PUT /channels/C/threads',
    body: { title: 't', content: 'c', format: 1 },
    answer: { task_id: '1' },
  },
  {
    method: 'deleteThread',
    run: (api) => api.deleteThread('C', 'T'),
    sends: 'DELETE /channels/C/threads/T',
    returns: undefined,
  },
  // Direct messages
  {
    method: 'createDirectMessage',
    run: (api) => api.createDirectMessage({ recipient_id: 'U', source_guild_id: 'G' }),
    sends: 'POST /users/@me/dms',
    body: { recipient_id: 'U', source_guild_id: 'G' },
    answer: [{ guild_id: 'D' }],
    returns: { guild_id: 'D' },
  },
  {
    method: 'postDirectMessage',
    run: (api) => api.postDirectMessage('D', { content: 'x' }),
    sends: 'POST /dms/D/messages',
    body: { content: 'x' },
    answer: [{ id: 'M' }],
    returns: { id: 'M' },
  },
  {
    method: 'postDirectMessage',
    run: (api) => api.postDirectMessage({ guild_id: 'D' }, { content: 'x' }),
    sends: 'POST /dms/D/messages',
    body: { content: 'x' },
    answer: { id: 'M' },
  },
  {
    method: 'retractDMMessage',
    run: (api) => api.retractDMMessage('D', 'M', { hideTip: true }),
    sends: 'DELETE /dms/D/messages/M?hidetip=true',
    returns: undefined,
  },
  {
    method: 'postDMSettingGuide',
    run: (api) => api.postDMSettingGuide('D', 'G'),
    sends: 'POST /dms/D/settingguide',
    body: { setting_guide: { guild_id: 'G' } },
    answer: { id: 'M' },
  },
  // Interactions
  {
    method: 'putInteraction',
    run: (api) => api.putInteraction('I', { code: 0 }),
    sends: 'PUT /interactions/I',
    body: { code: 0 },
    returns: undefined,
  },
  // Panels and menu
  {
    method: 'listPanels',
    run: (api) => api.listPanels('c2c', { cursor: 'c', limit: 50 }),
    sends: 'GET /v2/panels?scope=c2c&cursor=c&limit=50',
    answer: { records: [], is_end: true },
  },
  {
    method: 'createPanel',
    run: (api) => api.createPanel({ scope: 'group', panel: { items: [] } }),
    sends: 'POST /v2/panels',
    body: { scope: 'group', panel: { items: [] } },
    answer: { panel_id: 'P' },
  },
  {
    method: 'getPanel',
    run: (api) => api.getPanel('P'),
    sends: 'GET /v2/panels/P',
    answer: { panel_id: 'P' },
  },
  {
    method: 'updatePanel',
    run: (api) => api.updatePanel('P', { remark: 'r' }),
    sends: 'PUT /v2/panels/P',
    body: { panel: { remark: 'r' } },
    answer: { version: 2 },
  },
  {
    method: 'deletePanel',
    run: (api) => api.deletePanel('P'),
    sends: 'DELETE /v2/panels/P',
    returns: undefined,
  },
  {
    method: 'updatePanelTarget',
    run: (api) => api.updatePanelTarget('P', { op: 'add', user_openids: ['U'] }),
    sends: 'PUT /v2/panels/P/target',
    body: { op: 'add', user_openids: ['U'] },
    returns: undefined,
  },
  { method: 'getMenu', run: (api) => api.getMenu(), sends: 'GET /v2/menu', answer: { version: 1 } },
  {
    method: 'putMenu',
    run: (api) => api.putMenu({ items: [] }),
    sends: 'PUT /v2/menu',
    body: { menu: { items: [] } },
    answer: { version: 2 },
  },
  // Legacy HTTP sessions
  {
    method: 'createSession',
    run: (api) => api.createSession({ intents: 1, shards: [0, 1], callback_url: 'https://x' }),
    sends: 'POST /gateway/webhook/sessions',
    body: { intents: 1, shards: [0, 1], callback_url: 'https://x' },
    answer: { session_id: 'S' },
  },
  {
    method: 'checkSessions',
    run: (api) => api.checkSessions(),
    sends: 'PATCH /gateway/webhook/sessions?action=check',
    answer: [],
  },
  {
    method: 'sessionList',
    run: (api) => api.sessionList(),
    sends: 'GET /gateway/webhook/sessions',
    answer: [],
  },
  {
    method: 'removeSession',
    run: (api) => api.removeSession('S'),
    sends: 'DELETE /gateway/webhook/sessions/S',
    returns: undefined,
  },
];

let server: RecordingServer;
let api: OpenAPI;
beforeAll(async () => {
  server = await recordingServer();
  api = createOpenAPI({ tokenSource: botToken('1', 'abc-def'), baseUrl: server.url });
});
afterAll(async () => {
  await api.close();
  await server.close();
});

describe('what each method sends and returns', () => {
  test.each(ROWS)('$method: $sends', async ({ run, sends, body, answer, ...row }) => {
    server.requests.length = 0;
    server.answer({ json: answer ?? {} });
    const result = await run(api);
    const [request] = server.requests;
    expect(server.requests).toHaveLength(1);
    const query = new URLSearchParams(request?.query).toString();
    expect(`${request?.method} ${request?.path}${query && `?${query}`}`).toBe(sends);
    expect(request?.json).toEqual(body);
    expect(request?.headers['content-type']).toBe(body === undefined ? undefined : 'application/json');
    expect(result).toEqual('returns' in row ? row.returns : (answer ?? {}));
  });

  test('a part of a file goes to the object store as it is, without credential, and its ETag comes back', async () => {
    server.requests.length = 0;
    server.answer({ text: '<xml/>', headers: { etag: '"e1"', 'content-type': 'application/xml' } });
    const bytes = new Uint8Array([1, 2, 3, 255]);
    const result = await api.putUploadPart(`${server.url}/store/part?sign=s%2F1`, bytes);
    expect(result).toEqual({ etag: '"e1"' });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'PUT', path: '/store/part', query: { sign: 's/1' } });
    expect(request?.headers.authorization).toBeUndefined();
    expect(request?.headers['x-union-appid']).toBeUndefined();
    expect(request?.headers['content-length']).toBe('4');
  });

  test('a store that refuses a part is an error without the signature in it', async () => {
    server.answer({ status: 403, text: '<Error>expired</Error>' });
    const error = await api
      .putUploadPart(`${server.url}/p?sign=secret-sign`, new Uint8Array(1))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'BOTGO_OPENAPI',
      status: 403,
      platformMessage: '<Error>expired</Error>',
    });
    expect(`${error.message}${error.stack}`).not.toContain('secret-sign');
  });
});

test('no id leads a method to another route or slips in a header', async () => {
  const evil = '../../users/@me?x=1#y\r\nX-Evil: 1';
  let sent = 0;
  for (const { method, run, sends } of ROWS) {
    server.requests.length = 0;
    server.answer({ json: {} });
    const withEvilIds = new Proxy(api, {
      get: (target, name) => {
        const call = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => call(...args.map((arg) => (typeof arg === 'string' ? evil : arg)));
      },
    });
    await run(withEvilIds).catch((error: unknown) => expect(error, method).toHaveProperty('code'));
    for (const { path, headers } of server.requests) {
      const [, template = ''] = /^\w+ ([^?]+)/.exec(sends) ?? [];
      expect(path.split('/').length, `${method}: ${path}`).toBe(template.split('/').length);
      expect(headers).not.toHaveProperty('x-evil');
      sent++;
    }
  }
  expect(sent).toBeGreaterThan(100);
});

describe('what is no answer', () => {
  const nulls = [
    'thread',
    'threads',
    'apis',
    'guilds',
    'data',
    'users',
    'roles',
    'members',
    'records',
    'parts',
  ];
  const wrong = [
    ['not JSON', '<html>login</html>'],
    ['cut short', '{"id":"1"'],
    ['null', 'null'],
    ['a number', '5'],
    ['text', '"ok"'],
    ['an empty list', '[]'],
    ['a list of nothing', '[null]'],
    ['an empty object', '{}'],
    ['an object of nulls', JSON.stringify(Object.fromEntries(nulls.map((name) => [name, null])))],
    ['a __proto__', '{"__proto__":{"polluted":true}}'],
  ] as const;

  test.each(wrong)(
    '%s: every method returns it as it is, or says BOTGO_BAD_RESPONSE',
    async (_name, text) => {
      for (const { method, run } of ROWS) {
        server.answer({ text });
        const outcome = await run(api).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome, method).toMatchObject({ code: 'BOTGO_BAD_RESPONSE' });
      }
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    },
  );

  test.each([
    [{ code: 304003, message: 'no' }, 304003],
    [{ err_code: 40034105, code: 22009, message: 'no' }, 40034105],
    [{ err_code: 40034105, message: 'no' }, 40034105],
    [{ code: 1, message: 'no', id: '7', data: null }, 1],
  ])('%j inside HTTP 200: every method says that it failed', async (json, platformCode) => {
    for (const { method, run } of ROWS) {
      server.answer({ json });
      const outcome = await run(api).catch((error: unknown) => error);
      expect(outcome, method).toMatchObject({ code: 'BOTGO_OPENAPI', status: 200, platformCode });
    }
  });
});

test('every method of the facts is here, with its verb and path', () => {
  const facts = JSON.parse(
    readFileSync(new URL('../../../../facts/coverage/openapi.json', import.meta.url), 'utf8'),
  ) as { method: string; verb: string; path: string }[];
  expect(facts).toHaveLength(115);
  for (const { method, verb, path } of facts) {
    if (method === 'putUploadPart') continue;
    const pattern = new RegExp(`^${verb} ${path.replaceAll(/\{\w+\}/g, '[^/?]+')}(\\?|$)`);
    const rows = ROWS.filter((row) => row.method === method);
    expect(
      rows.some(({ sends }) => pattern.test(sends)),
      `${method}: ${verb} ${path}`,
    ).toBe(true);
  }
});
