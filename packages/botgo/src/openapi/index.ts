export type { AnnouncesAPI } from './announces.js';
export { isSuccessStatus, TraceIDKey } from './answer.js';
export type { APIPermissionsAPI } from './api-permissions.js';
export { type APIVersion, APIv1, apiVersionString } from './api-version.js';
export type { AudioAPI } from './audio.js';
export { type CallBounds, type CallOptions, withinBounds } from './call.js';
export type { ChannelPermissionsAPI } from './channel-permissions.js';
export type { ChannelAPI } from './channels.js';
export type { Answering, ChatAPI } from './chats.js';
export { createOpenAPI, type OpenedClient, openClient } from './create.js';
export type { DirectMessageAPI, DirectMessageSession } from './direct-messages.js';
export type { ConnectionOptions } from './dispatcher.js';
export { createDispatcher } from './dispatcher.js';
export type { Each, EachOptions } from './each.js';
export type { Verb } from './endpoint.js';
export {
  createFilters,
  FilterChain,
  type FilterRequest,
  type FilterResponse,
  type Filters,
  type HttpFilter,
} from './filter-chain.js';
export type { ForumAPI } from './forum.js';
export type { GatewayAPI } from './gateway.js';
export type { GroupJoinAPI } from './group-joins.js';
export type { GroupAPI } from './groups.js';
export type { GuildAPI } from './guilds.js';
export type { InteractionAPI } from './interactions.js';
export type { MediaAPI, UploadCompletion } from './media.js';
export type { MemberAPI } from './members.js';
export type { MessageSettingAPI } from './message-settings.js';
export type { MessageAPI, RetractOptions } from './messages.js';
export type { OpenAPI, OpenAPIBase } from './openapi.js';
export { DEFAULT_BASE_URL, type OpenAPIOptions, SANDBOX_BASE_URL } from './options.js';
export type { PanelAPI } from './panels.js';
export type { PinsAPI } from './pins.js';
export type { MessageReactionAPI } from './reactions.js';
export {
  createOpenAPIRegistry,
  type OpenAPIFactory,
  type OpenAPIRegistry,
  openAPIOptionsOf,
} from './registry.js';
export type { RoleAPI } from './roles.js';
export type { ScheduleAPI } from './schedules.js';
export {
  type AlreadySent,
  isAlreadySent,
  isPendingAudit,
  type PendingAudit,
  type Sent,
} from './send-outcome.js';
export type { GeneratedURLLink, UserAPI } from './users.js';
export type { WebhookAPI } from './webhook-sessions.js';
