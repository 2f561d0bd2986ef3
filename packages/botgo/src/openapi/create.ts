import { ConfigError } from '../errs/index.js';
import { APIv1 } from './api-version.js';
import type { Call, CallBounds, CallOptions } from './call.js';
import { Connections } from './dispatcher.js';
import { each } from './each.js';
import { endpoint, type Verb } from './endpoint.js';
import { allMethods, MethodsOnDemand } from './methods.js';
import type { OpenAPI, OpenAPIBase } from './openapi.js';
import { checkPositive, type OpenAPIOptions, resolveOpenAPIOptions } from './options.js';
import { readAnything } from './readers.js';
import { Transport, type TransportSettings } from './transport.js';

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
