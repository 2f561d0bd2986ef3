export {
  type Announces,
  AnnouncesType,
  type ChannelAnnouncesToCreate,
  type GuildAnnouncesToCreate,
  type RecommendChannel,
} from './announces.js';
export {
  APIAuthStatus,
  type APIPermission,
  type APIPermissionDemand,
  type APIPermissionDemandIdentify,
  type APIPermissionDemandToCreate,
  type APIPermissions,
} from './api-permission.js';
export { type Ark, type ArkKV, type ArkObj, type ArkObjKV, ArkTemplateID, type MessageArk } from './ark.js';
export { attachmentUrl, type MessageAttachment } from './attachment.js';
export {
  type AudioAction,
  type AudioControl,
  type AudioOrLiveChannelMember,
  AudioOrLiveChannelType,
  AudioStatus,
} from './audio.js';
export {
  type Channel,
  ChannelApplicationID,
  type ChannelOnlineNums,
  ChannelPrivateType,
  ChannelSubType,
  type ChannelToCreate,
  type ChannelToUpdate,
  ChannelType,
  type ChannelValueObject,
  SpeakPermissionType,
  type WSChannelData,
} from './channel.js';
export {
  ChannelPermission,
  type ChannelPermissions,
  type ChannelRolesPermissions,
  formatPermissions,
  hasPermission,
  parsePermissions,
  type UpdateChannelPermissions,
} from './channel-permissions.js';
export {
  type ARKData,
  ARKType,
  type C2CAuthor,
  type C2CMessage,
  type ChatMessage,
  type GroupAuthor,
  GroupMemberRole,
  type GroupMention,
  type GroupMessage,
  type MsgElement,
  ReceivedMessageType,
} from './chat-message.js';
export { CloseCode, closeCodeMeaning } from './close-code.js';
export type { DirectMessage, DirectMessageToCreate } from './direct-message.js';
export type { DispatchPayload, DispatchPayloadOf } from './dispatch-payload.js';
export { type Duration, formatDuration, parseDuration } from './duration.js';
export type { Embed, EmbedField, MessageEmbedThumbnail } from './embed.js';
export { type Emoji, EmojiType } from './emoji.js';
export type {
  EventPayloads,
  WSATMessageData,
  WSAudioData,
  WSC2CFriendData,
  WSC2CMessageData,
  WSDirectMessageData,
  WSDirectMessageDeleteData,
  WSEnterAIOData,
  WSForumAuditData,
  WSGroupATMessageData,
  WSInteractionData,
  WSMessageAuditData,
  WSMessageData,
  WSMessageDeleteData,
  WSMessageReactionData,
  WSPostData,
  WSPublicMessageDeleteData,
  WSReplyData,
  WSSubscribeMsgStatus,
  WSThreadData,
} from './event-payloads.js';
export {
  EventType,
  eventIntents,
  eventToIntent,
  eventTypes,
  isKnownEventType,
  type KnownEventType,
} from './event-type.js';
export {
  type ForumAuditResult,
  ForumPublishType,
  type ForumSource,
  type ForumText,
  type OpenForumEvent,
  type Post,
  type PostInfo,
  quoteForumIds,
  type Reply,
  type ReplyInfo,
  type Thread,
  type ThreadDetail,
  ThreadFormat,
  type ThreadInfo,
  type Threads,
  type ThreadTask,
  type ThreadToCreate,
} from './forum.js';
export type { C2CFriendData, C2CSwitchData, EnterAIO, GroupRobotData } from './friend.js';
export {
  type GatewayURL,
  type Session,
  type SessionStartLimit,
  type ShardConfig,
  sessionString,
  shardOfGuild,
  type WebsocketAP,
} from './gateway.js';
export {
  type BlacklistUser,
  type GroupBotState,
  type GroupInfo,
  type GroupMember,
  type GroupMemberBlacklist,
  type GroupMemberBlacklistUpdate,
  type GroupMemberBlacklistUpdated,
  type GroupMemberEvent,
  type GroupMembers,
  type GroupMembersOld,
  type GroupMembersRemoved,
  type GroupMembersRequest,
  type GroupMembersToRemove,
  RecvMsgSetting,
} from './group.js';
export {
  ApplySource,
  type GroupJoinRequest,
  type GroupJoinRequests,
  type JoinApprovalStrategies,
  type JoinApprovalStrategy,
  type JoinApprovalStrategyCreated,
  type JoinApprovalStrategyToCreate,
  type JoinApprovalStrategyToUpdate,
  type JoinApprovalStrategyUpdated,
  type JoinApprovalWhitelistUpdate,
  type JoinApprovalWhitelistUpdated,
  type JoinRequest,
  type JoinRequestApproval,
  type VerifyInfo,
  VerifyMethod,
} from './group-join.js';
export {
  GlobalMuteMode,
  type GlobalMuteRule,
  type GroupMemberMute,
  type GroupRestrictChatSetting,
  type MemberMuteState,
  type RecurringMuteRule,
  type ScheduleMuteRule,
  type SetMemberMuteState,
} from './group-mute.js';
export type { Guild, WSGuildData } from './guild.js';
export type { HTTPIdentity, HTTPReady, HTTPSession } from './http-gateway.js';
export { Intent, type IntentDomain, usableIntents } from './intent.js';
export {
  type AuthorizeData,
  ChatType,
  type Interaction,
  type InteractionAnswer,
  InteractionCode,
  type InteractionData,
  InteractionDataType,
  InteractionScene,
  InteractionType,
  type Resolved,
} from './interaction.js';
export {
  type Action,
  ActionType,
  type Button,
  ButtonStyle,
  type CustomKeyboard,
  type InlineKeyboard,
  type KeyboardStyle,
  type MessageKeyboard,
  type Modal,
  type Permission,
  PermissionType,
  type RenderData,
  type Row,
  type SubscribeData,
  type TemplateID,
} from './keyboard.js';
export type { Markdown, MarkdownParams, MarkdownStyle } from './markdown.js';
export {
  FileType,
  type FileUploadResult,
  type MediaInfo,
  md5PrefixBytes,
  type RichMediaMessage,
  type UploadConfig,
  type UploadPart,
  type UploadPartFinish,
  type UploadPrepareRequest,
  type UploadPrepareResult,
} from './media.js';
export {
  DeleteHistoryMsgDay,
  type GuildRoleMembers,
  type Member,
  type MemberAddRoleBody,
  type MemberDeleteOpts,
  type VoiceChannelMember,
  type WSGuildMemberData,
} from './member.js';
export {
  type CMD,
  emoji,
  etlInput,
  mentionAllUser,
  mentionChannel,
  mentionUser,
  parseCommand,
} from './mention.js';
export {
  type Message,
  type MessageAudit,
  type MessageAudited,
  type MessageDelete,
  type MessageScene,
  type MessageSendResult,
  MessageSource,
} from './message.js';
export {
  type ActionButton,
  type APIMessage,
  type C2CMessageToCreate,
  type ChannelMessageToCreate,
  type GroupMessageToCreate,
  type MessageToCreate,
  MessageType,
  type PromptKeyboard,
  SendType,
  type SettingGuide,
  type SettingGuideToCreate,
  sendType,
} from './message-create.js';
export type { MessageReference } from './message-reference.js';
export type { MessageSetting } from './message-setting.js';
export type { UpdateGuildMute, UpdateGuildMuteResponse } from './mute.js';
export { type OPCode, OpCode, opMeans } from './opcode.js';
export type { OpenNumber, OpenString } from './open-enum.js';
export {
  type CursorPager,
  cursorQueryParams,
  type GuildMembersPager,
  type GuildPager,
  type GuildRoleMembersPager,
  guildMembersQueryParams,
  guildQueryParams,
  guildRoleMembersQueryParams,
  MessagePagerType,
  type MessageReactionPager,
  type MessagesPager,
  messageReactionQueryParams,
  messagesQueryParams,
  type Pager,
  type QueryParams,
} from './pager.js';
export {
  type CreatePanelRequest,
  type Menu,
  type MenuItem,
  type MenuResult,
  type MenuToPut,
  type Panel,
  type PanelCreated,
  type PanelItem,
  type PanelRecord,
  type PanelRecords,
  PanelScope,
  PanelTargetType,
  type PanelTargetUpdate,
  type SubMenuItem,
  type UpdatePanelRequest,
  type VersionResult,
} from './panel.js';
export type {
  WSHelloData,
  WSIdentityData,
  WSPayload,
  WSPayloadBase,
  WSReadyData,
  WSResumeData,
  WSUser,
} from './payload.js';
export type { PinsMessage } from './pins.js';
export {
  type MessageReaction,
  type MessageReactionUsers,
  type ReactionTarget,
  ReactionTargetType,
  ReactionTargetTypeName,
  reactionTargetType,
} from './reaction.js';
export {
  Alignment,
  type AtInfo,
  AtType,
  type ChannelInfo,
  type Elem,
  ElemType,
  type EmojiInfo,
  type Paragraph,
  type PlatImage,
  type PlatVideo,
  type RichObject,
  type RichText,
  RichType,
  type TextInfo,
  type URLInfo,
} from './rich-text.js';
export {
  colorParts,
  DefaultRoleID,
  defaultColor,
  type GuildRoles,
  type Role,
  type RoleID,
  rgbColor,
  type UpdateResult,
  type UpdateRole,
  type UpdateRoleFilter,
  type UpdateRoleInfo,
} from './role.js';
export { RemindType, type Schedule, type ScheduleToCreate, type ScheduleWrapper } from './schedule.js';
export {
  LayoutType,
  SearchActionType,
  type SearchInputResolved,
  type SearchLayout,
  type SearchRecord,
  type SearchRsp,
} from './search.js';
export {
  type InputNotify,
  InputType,
  type Stream,
  StreamInputState,
  type StreamMessageRequest,
  type StreamMessageResult,
  StreamState,
} from './stream.js';
export {
  type SubscribeMessageStatusData,
  type SubscribeMsgTemplateResult,
  SubscribeOp,
} from './subscribe.js';
export { type Timestamp, timestampTime } from './timestamp.js';
export type { URLLink, URLLinkToCreate, User } from './user.js';
export type { WHValidationReq, WHValidationRsp } from './webhook.js';
