import type { Context, Hono } from 'hono';
import { isObject, type JsonObject } from '../json.js';
import type { Platform } from '../platform.js';
import { authRefusal, readCredential } from '../rules/auth.js';
import { MINUTE_MS, SECOND_MS } from '../rules/quotas.js';
import { badRequest, Refusal } from '../rules/refusal.js';
import type { Bot } from '../world/model.js';
import { type Call, type Reply, type Route, templateOf, type UploadedFile } from './call.js';
import { ROUTES } from './routes.js';
import { answerOf, type Env, hangUp, strike } from './strike-call.js';
import { tokenAnswer } from './token.js';

/** Largest body that is read: a base64 file of 20 MB and some. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Adds every REST route of the platform to `app`, and the answers to paths and methods that it does not have. */
export function addRestRoutes(app: Hono<Env>, platform: Platform, origin: () => string): void {
  app.post('/app/getAppAccessToken', (c) =>
    serve(platform, c, async () => ({ reply: tokenAnswer(platform, await readBody(c)), appId: '' })),
  );
  for (const route of ROUTES) {
    app.on(route.method, route.path, (c) =>
      serve(platform, c, () => serveRoute(platform, route, c, origin())),
    );
  }
  const known = new Set(ROUTES.map((route) => route.path));
  for (const path of known) {
    app.all(path, (c) =>
      serve(platform, c, () => Promise.reject(new Refusal(405, 0, 'this path does not take this method'))),
    );
  }
  app.notFound((c) => serve(platform, c, () => Promise.reject(new Refusal(404, 0, 'there is no such API'))));
}

interface Served {
  readonly reply: Reply;
  readonly appId: string;
}

async function serve(platform: Platform, c: Context<Env>, run: () => Promise<Served>): Promise<Response> {
  const startMs = platform.clock.now();
  const { method, path } = c.req;
  const traceId = platform.ids.tagged('trace');
  const { fault, answer } = await strike(platform, c);
  if (answer !== undefined) return finish(answer, traceId);
  let served: Served;
  try {
    served = await run();
  } catch (error) {
    served = { reply: refusalReply(error, path, traceId), appId: '' };
  }
  if (fault?.answer === 'reset') return hangUp(c);
  const { reply, appId } = served;
  const code = isObject(reply.body) && typeof reply.body.code === 'number' ? reply.body.code : 0;
  const ms = platform.clock.now() - startMs;
  platform.stream.emit({ type: 'call', appId, method, path, status: reply.status, code, ms });
  return finish(answerOf(reply), traceId);
}

function finish(response: Response, traceId: string): Response {
  response.headers.set('X-Tps-trace-ID', traceId);
  return response;
}

async function serveRoute(
  platform: Platform,
  route: Route,
  c: Context<Env>,
  origin: string,
): Promise<Served> {
  const bot = authenticated(platform, c.req.header('authorization'));
  checkRate(platform, route, bot);
  const { fields, files } = await readParts(c);
  const call: Call = {
    platform,
    bot,
    method: c.req.method,
    path: c.req.path,
    template: templateOf(route),
    // The route's type is not known here; a name that it lacks reads as ''.
    param: (name) => (c.req.param() as Record<string, string | undefined>)[name] ?? '',
    query: (name) => c.req.query(name),
    header: (name) => c.req.header(name),
    body: fields,
    files,
    origin,
  };
  return { reply: await route.handler(call), appId: bot.appId };
}

function checkRate(platform: Platform, route: Route, bot: Bot): void {
  if (!platform.switches.rateLimits) return;
  const perMs = route.perSecond === undefined ? MINUTE_MS : SECOND_MS;
  const max = route.perSecond ?? route.perMinute;
  if (max === undefined) return;
  const key = `route ${route.method} ${route.path} ${bot.appId}`;
  const refusal = () => new Refusal(429, 429, 'too many requests');
  const full = platform.quotas.take([{ key, max, perMs, refusal }], platform.clock.now());
  if (full !== undefined) throw full;
}

function authenticated(platform: Platform, header: string | undefined): Bot {
  const credential = readCredential(header, {
    bots: platform.world.bots,
    tokens: platform.tokens,
    nowMs: platform.clock.now(),
  });
  if (credential.kind !== 'ok') throw authRefusal(credential.kind);
  if (credential.bot.state === 'banned') throw new Refusal(401, 11265, 'the bot is banned');
  if (credential.isFixed) platform.stream.warnFixedToken(credential.bot.appId);
  return credential.bot;
}

function refusalReply(error: unknown, path: string, traceId: string): Reply {
  if (!(error instanceof Refusal)) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      status: 500,
      body: { code: 500, message: `the simulator failed: ${message}`, trace_id: traceId },
    };
  }
  const { status, code, message, more } = error;
  const isNew = path.startsWith('/v2/') || more.errCode !== undefined;
  return {
    status,
    body: {
      message,
      code,
      ...(isNew ? { err_code: more.errCode ?? code } : {}),
      ...(more.data === undefined ? {} : { data: more.data }),
      ...more.beside,
      trace_id: traceId,
    },
  };
}

async function readParts(
  c: Context<Env>,
): Promise<{ fields: JsonObject; files: ReadonlyMap<string, UploadedFile> }> {
  const type = c.req.header('content-type') ?? '';
  if (!type.startsWith('multipart/form-data')) return { fields: await readBody(c), files: new Map() };
  checkLength(c);
  let form: FormData;
  try {
    form = await c.req.raw.formData();
  } catch {
    throw badRequest(50035, 'the form data cannot be read');
  }
  const fields: Record<string, unknown> = {};
  const files = new Map<string, UploadedFile>();
  for (const [key, value] of form) {
    if (typeof value === 'string') {
      Object.defineProperty(fields, key, { value: partValue(value), enumerable: true, configurable: true });
    } else {
      files.set(key, {
        name: value.name,
        type: value.type,
        bytes: new Uint8Array(await value.arrayBuffer()),
      });
    }
  }
  return { fields, files };
}

/** Object and array fields of a form are JSON text. */
function partValue(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function readBody(c: Context<Env>): Promise<JsonObject> {
  checkLength(c);
  const text = c.req.method === 'GET' ? await readGetBody(c) : await c.req.text();
  if (text.trim() === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw badRequest(12002, 'the body is not JSON');
  }
  // Some clients send null for "nothing", and the interaction's answer as a bare value.
  if (body === null) return {};
  if (!isObject(body)) throw badRequest(12002, 'the body must be a JSON object');
  return body;
}

/** Some clients send the query of a GET as its body; the Fetch Request has no place for it. */
async function readGetBody(c: Context<Env>): Promise<string> {
  const { incoming } = c.env;
  const hasBody =
    Number(c.req.header('content-length') ?? 0) > 0 || c.req.header('transfer-encoding') !== undefined;
  if (!hasBody) return '';
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

function checkLength(c: Context<Env>): void {
  if (Number(c.req.header('content-length') ?? 0) > MAX_BODY_BYTES) {
    throw new Refusal(413, 12002, 'the body is too large');
  }
}
