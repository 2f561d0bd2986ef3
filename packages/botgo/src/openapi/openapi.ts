import { ConfigError } from '../errs/index.js';
import type { AnnouncesAPI } from './announces.js';
import type { APIPermissionsAPI } from './api-permissions.js';
import { type APIVersion, APIv1 } from './api-version.js';
import type { AudioAPI } from './audio.js';
import type { Call, CallBounds, CallOptions } from './call.js';
import type { ChannelPermissionsAPI } from './channel-permissions.js';
import type { ChannelAPI } from './channels.js';
import type { ChatAPI } from './chats.js';
import type { DirectMessageAPI } from './direct-messages.js';
import { Connections } from './dispatcher.js';
import { type Each, each } from './each.js';
import { endpoint, type Verb } from './endpoint.js';
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
import { allMethods, MethodsOnDemand } from './methods.js';
import { checkPositive, type OpenAPIOptions, resolveOpenAPIOptions } from './options.js';
import type { PanelAPI } from './panels.js';
import type { PinsAPI } from './pins.js';
import type { MessageReactionAPI } from './reactions.js';
import { readAnything } from './readers.js';
import type { RoleAPI } from './roles.js';
import type { ScheduleAPI } from './schedules.js';
import { Transport, type TransportSettings } from './transport.js';
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

/** A client of the OpenAPI, version 1, the only one that BotGo has too. @throws {ConfigError} on a bad option. */
export function createOpenAPI(options: OpenAPIOptions): OpenAPI {
  return openClient(options).api;
}

/** A client, and others over the same connections, credential and filters. */
export interface OpenedClient {
  readonly api: OpenAPI;
  /** A client whose calls all keep to these bounds, besides their own. */
  bounded(bounds: CallBounds): OpenAPI;
}

/** {@link createOpenAPI} for those who hand on clients to people who may act for a while only. @internal */
export function openClient(options: OpenAPIOptions): OpenedClient {
  const resolved = resolveOpenAPIOptions(options);
  const transport = new Transport(resolved, new Connections(options, options.dispatcher));
  const settings = { timeoutMs: resolved.timeoutMs, maxAttempts: resolved.maxAttempts };
  let onDemand: MethodsOnDemand | undefined;
  return {
    api: assemble(transport, settings),
    bounded(bounds) {
      onDemand ??= new MethodsOnDemand(callOver(transport, settings), transport.appId);
      return assembleOnDemand(transport, { ...settings, bounds }, onDemand);
    },
  };
}

function assemble(transport: Transport, settings: TransportSettings): OpenAPI {
  const call = callOver(transport, settings);
  const methods = allMethods(call, transport.appId);
  // Not spread: what is read anew at each look would be read once.
  return Object.assign(
    base(transport, call, (timeoutMs) => assemble(transport, { ...settings, timeoutMs })),
    methods,
    {
      each: each(methods),
    },
  );
}

function assembleOnDemand(
  transport: Transport,
  settings: TransportSettings,
  onDemand: MethodsOnDemand,
): OpenAPI {
  const call = callOver(transport, settings);
  const withTimeout = (timeoutMs: number): OpenAPI =>
    assembleOnDemand(transport, { ...settings, timeoutMs }, onDemand);
  const client = onDemand.lend(base(transport, call, withTimeout), call);
  return Object.assign(client, { each: each(client) });
}

function callOver(transport: Transport, settings: TransportSettings): Call {
  return (route, request, options) => transport.call(settings, route, request, options);
}

function base(transport: Transport, call: Call, withTimeout: (timeoutMs: number) => OpenAPI): OpenAPIBase {
  return {
    version: APIv1,
    appId: transport.appId,
    get lastTraceId() {
      return transport.lastTraceId;
    },
    traceIdOf: (result) => transport.traceIdOf(result),
    withTimeout: (timeoutMs) => withTimeout(checkPositive('timeoutMs', timeoutMs)),
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
