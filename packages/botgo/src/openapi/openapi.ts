import type { AnnouncesAPI } from './announces.js';
import type { APIPermissionsAPI } from './api-permissions.js';
import type { APIVersion } from './api-version.js';
import type { AudioAPI } from './audio.js';
import type { CallOptions } from './call.js';
import type { ChannelPermissionsAPI } from './channel-permissions.js';
import type { ChannelAPI } from './channels.js';
import type { ChatAPI } from './chats.js';
import type { DirectMessageAPI } from './direct-messages.js';
import type { Each } from './each.js';
import type { Verb } from './endpoint.js';
import type { Filters } from './filter-chain.js';
import type { ForumAPI } from './forum.js';
import type { GatewayAPI } from './gateway.js';
import type { GroupJoinAPI } from './group-joins.js';
import type { GroupAPI } from './groups.js';
import type { GuildAPI } from './guilds.js';
import type { InteractionAPI } from './interactions.js';
import type { MediaAPI } from './media.js';
import type { MemberAPI } from './members.js';
import type { MessageSettingAPI } from './message-settings.js';
import type { MessageAPI } from './messages.js';
import type { PanelAPI } from './panels.js';
import type { PinsAPI } from './pins.js';
import type { MessageReactionAPI } from './reactions.js';
import type { RoleAPI } from './roles.js';
import type { ScheduleAPI } from './schedules.js';
import type { UserAPI } from './users.js';
import type { WebhookAPI } from './webhook-sessions.js';

/** What a client has besides the platform's methods: BotGo's `openapi.Base`. */
export interface OpenAPIBase extends AsyncDisposable {
  readonly version: APIVersion;
  readonly appId: string;
  /**
   * Trace id of the answer that came last, of whichever call: for a quick look. Code that runs calls side by side asks
   * {@link OpenAPIBase.traceIdOf} or the error (BotGo has only this one, D-A8).
   */
  readonly lastTraceId: string | undefined;
  /** Trace id of the answer that `result` came with: quote it when you report to the platform. */
  traceIdOf(result: object): string | undefined;
  /** A client over the same connections and filters whose attempts take at most `timeoutMs`. @throws {ConfigError} unless above 0. */
  withTimeout(timeoutMs: number): OpenAPI;
  /**
   * Any call, also one that this package has no method for.
   * @param target - A path (`/guilds/1`), or a whole URL. The credential goes to the client's host and to the platform's hosts only.
   * @param body - Sent as JSON; a string or bytes as they are, under the content type JSON unless `options.headers` names another.
   * @returns The answer's JSON, or `undefined` when there was none.
   */
  transport(method: Verb, target: string, body?: unknown, options?: CallOptions): Promise<unknown>;
  /** Filters of this client, run after those that it shares with others. */
  readonly filters: Filters;
  /** Log every request and answer, without credentials. */
  setDebug(debug: boolean): void;
  /** Refuses new calls, waits for those under way, and gives up the connections that are the client's own. Idempotent. */
  close(): Promise<void>;
}

/** The platform's methods: ids first, body next, options last. */
export interface OpenAPI
  extends OpenAPIBase,
    AnnouncesAPI,
    APIPermissionsAPI,
    AudioAPI,
    ChannelPermissionsAPI,
    ChannelAPI,
    ChatAPI,
    DirectMessageAPI,
    ForumAPI,
    GatewayAPI,
    GroupJoinAPI,
    GroupAPI,
    GuildAPI,
    InteractionAPI,
    MediaAPI,
    MemberAPI,
    MessageSettingAPI,
    MessageAPI,
    PanelAPI,
    PinsAPI,
    MessageReactionAPI,
    RoleAPI,
    ScheduleAPI,
    UserAPI,
    WebhookAPI {
  /** Loops over all pages of what the platform pages. */
  readonly each: Each;
}
