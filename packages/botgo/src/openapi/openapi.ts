import { ConfigError } from '../errs/index.js';
import { type AnnouncesAPI, announcesAPI } from './announces.js';
import { type APIPermissionsAPI, apiPermissionsAPI } from './api-permissions.js';
import { type APIVersion, APIv1 } from './api-version.js';
import { type AudioAPI, audioAPI } from './audio.js';
import type { Call, CallOptions } from './call.js';
import { type ChannelPermissionsAPI, channelPermissionsAPI } from './channel-permissions.js';
import { type ChannelAPI, channelAPI } from './channels.js';
import { type ChatAPI, chatAPI } from './chats.js';
import { type DirectMessageAPI, directMessageAPI } from './direct-messages.js';
import { Connections } from './dispatcher.js';
import { type Each, each } from './each.js';
import { endpoint, type Verb } from './endpoint.js';
import type { Filters } from './filter-chain.js';
import { type ForumAPI, forumAPI } from './forum.js';
import { type GatewayAPI, gatewayAPI } from './gateway.js';
import { type GroupJoinAPI, groupJoinAPI } from './group-joins.js';
import { type GroupAPI, groupAPI } from './groups.js';
import { type GuildAPI, guildAPI } from './guilds.js';
import { type InteractionAPI, interactionAPI } from './interactions.js';
import { type MediaAPI, mediaAPI } from './media.js';
import { type MemberAPI, memberAPI } from './members.js';
import { type MessageSettingAPI, messageSettingAPI } from './message-settings.js';
import { type MessageAPI, messageAPI } from './messages.js';
import { checkPositive, type OpenAPIOptions, resolveOpenAPIOptions } from './options.js';
import { type PanelAPI, panelAPI } from './panels.js';
import { type PinsAPI, pinsAPI } from './pins.js';
import { type MessageReactionAPI, messageReactionAPI } from './reactions.js';
import { readAnything } from './readers.js';
import { type RoleAPI, roleAPI } from './roles.js';
import { type ScheduleAPI, scheduleAPI } from './schedules.js';
import { Transport, type TransportSettings } from './transport.js';
import { type UserAPI, userAPI } from './users.js';
import { type WebhookAPI, webhookAPI } from './webhook-sessions.js';

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

/** A client of the OpenAPI, version 1, the only one that BotGo has too. @throws {ConfigError} on a bad option. */
export function createOpenAPI(options: OpenAPIOptions): OpenAPI {
  const resolved = resolveOpenAPIOptions(options);
  const transport = new Transport(resolved, new Connections(options, options.dispatcher));
  return assemble(transport, { timeoutMs: resolved.timeoutMs, maxAttempts: resolved.maxAttempts });
}

function assemble(transport: Transport, settings: TransportSettings): OpenAPI {
  const call: Call = (route, request, options) => transport.call(settings, route, request, options);
  const methods = {
    ...announcesAPI(call),
    ...apiPermissionsAPI(call),
    ...audioAPI(call),
    ...channelPermissionsAPI(call),
    ...channelAPI(call),
    ...chatAPI(call),
    ...directMessageAPI(call),
    ...forumAPI(call),
    ...gatewayAPI(call),
    ...groupJoinAPI(call),
    ...groupAPI(call),
    ...guildAPI(call),
    ...interactionAPI(call, transport.appId),
    ...mediaAPI(call),
    ...memberAPI(call),
    ...messageSettingAPI(call),
    ...messageAPI(call),
    ...panelAPI(call),
    ...pinsAPI(call),
    ...messageReactionAPI(call),
    ...roleAPI(call),
    ...scheduleAPI(call),
    ...userAPI(call),
    ...webhookAPI(call),
  };
  return {
    ...methods,
    each: each(methods),
    version: APIv1,
    appId: transport.appId,
    get lastTraceId() {
      return transport.lastTraceId;
    },
    traceIdOf: (result) => transport.traceIdOf(result),
    withTimeout: (timeoutMs) =>
      assemble(transport, { ...settings, timeoutMs: checkPositive('timeoutMs', timeoutMs) }),
    transport: async (method, target, body, options) => passThrough(call, method, target, body, options),
    filters: transport.sender.filters,
    setDebug(debug) {
      transport.sender.debug = debug;
    },
    close: () => transport.close(),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}

const ANY = {
  GET: endpoint('GET /', readAnything),
  POST: endpoint('POST /', readAnything),
  PUT: endpoint('PUT /', readAnything),
  PATCH: endpoint('PATCH /', readAnything),
  DELETE: endpoint('DELETE /', readAnything),
} as const satisfies Readonly<Record<Verb, unknown>>;

function passThrough(
  call: Call,
  method: Verb,
  target: string,
  body: unknown,
  options: CallOptions | undefined,
): Promise<unknown> {
  if (!Object.hasOwn(ANY, method))
    throw new ConfigError(`transport: unknown method ${JSON.stringify(method)}`);
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const content = typeof body === 'string' ? Buffer.from(body) : body;
  return call(
    ANY[method],
    {
      ...(target.startsWith('/') ? { path: target } : { url: target }),
      ...(raw && content instanceof Uint8Array
        ? { bytes: { contentType: 'application/json', content } }
        : { body }),
    },
    options,
  );
}
