// What did cross the wire in the tests? Reads the record of record-traffic.mjs and says, for the rows of the facts, what
// the simulator answered or sent (`simulator`) and what went through the SDK as well (`tested`).
import { readFileSync } from 'node:fs';
import { typeNamesOf } from './objects.mjs';
import { methodsOf } from './openapi.mjs';
import { Walk } from './walk.mjs';

/** Rows that share verb and path with another are told apart by their body. */
const bodies = {
  multiMemberMute: (body) => Array.isArray(body?.user_ids),
  createPrivateChannel: (body) => (body?.private_type ?? 0) > 0,
  sendInputNotify: (body) => body?.input_notify !== undefined,
  completeC2CUpload: (body) => body?.upload_id !== undefined,
  completeGroupUpload: (body) => body?.upload_id !== undefined,
};

/** Body on the wire where it is not the method's own argument. */
const bodyTypes = {
  createSchedule: 'ScheduleWrapper',
  modifySchedule: 'ScheduleWrapper',
  postRole: 'UpdateRole',
  patchRole: 'UpdateRole',
  postSettingGuide: 'SettingGuideToCreate',
  postDMSettingGuide: 'SettingGuideToCreate',
  createChannelAnnounces: 'ChannelAnnouncesToCreate',
  multiMemberMute: 'UpdateGuildMute',
  requireAPIPermissions: 'APIPermissionDemandToCreate',
  updatePanel: 'UpdatePanelRequest',
  putMenu: 'MenuToPut',
  setGroupMemberMute: 'GroupMemberMute',
  memberAddRole: 'MemberAddRoleBody',
  memberDeleteRole: 'MemberAddRoleBody',
  createPrivateChannel: 'ChannelToCreate',
  sendInputNotify: 'C2CMessageToCreate',
  // Their other form is an upload, which has rows of its own.
  postC2CMessage: 'C2CMessageToCreate',
  postGroupMessage: 'GroupMessageToCreate',
};

/** Answer on the wire where the method returns a part of it, or more. */
const answerTypes = {
  generateURLLink: 'URLLink',
  postC2CMessage: 'MessageSendResult',
  postGroupMessage: 'MessageSendResult',
  thread: 'ThreadDetail',
  getAPIPermissions: 'APIPermissions',
};

/** Objects without fields of their own in the facts: seen when this field is. */
const enumFields = {
  ThreadFormat: 'ThreadToCreate.format',
  LayoutType: 'SearchLayout.LayoutType',
  'ActionType (search)': 'SearchLayout.ActionType',
};

/** BotGo reads messages of every scene and the answers of uploads into its `Message`; on the wire the fields are these. */
const readInto = {
  'Message.group_id': ['GroupMessage.group_id'],
  'Message.message_scene': ['ChatMessage.message_scene'],
  'Message.file_info': ['FileUploadResult.file_info'],
  'Message.ttl': ['FileUploadResult.ttl'],
};

/** What the platform documents and has not opened: seen when it is refused with this code. */
const refused = {
  'MessageToCreate v2.embed': {
    path: /^\/v2\/(?:users|groups)\/[^/]+\/messages$/,
    field: 'embed',
    code: 340069,
  },
};

/** `User-Agent` of callbacks. */
const SIMULATOR_CALLBACK = 'QQBot-Callback';

/** Statuses with which a server says that it has no such route. */
const unanswered = new Set([404, 405, 501]);

/**
 * @param {string} traffic - Path of the record.
 * @param files - `{dto, openapi}`: the declaration files.
 * @param {string} agent - How the SDK's `User-Agent` begins.
 */
export function readEvidence(traffic, tables, declarations, files, agent) {
  const lines = readFileSync(traffic, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const records = lines.map((line) => JSON.parse(line));
  const typed = types(declarations, files);
  const all = new Walk(declarations, files.dto);
  const tested = new Walk(declarations, files.dto);
  const calls = new Map(
    tables.openapi.map((row) => [row.method, { row, statuses: new Set(), shape: undefined, tested: false }]),
  );
  const events = new Map(
    tables.events.map((row) => [row.t, { sent: false, shape: undefined, tested: false }]),
  );

  for (const record of records) {
    if (record.kind !== 'exchange') continue;
    noteExchange(record);
    noteRefusal(record);
  }
  const settled = new Set();
  for (const { kind, type, id, outcome } of records) {
    if (kind === 'settled' && outcome === 'handled') settled.add(`${type} ${id ?? ''}`);
  }
  for (const record of records) if (record.kind === 'frame') noteFrame(record.payload);

  return { calls, events, seenBySimulator: all.seen, seenByTests: tested.seen };

  function noteExchange(exchange) {
    const isSdk = exchange.agent.startsWith(agent);
    if (exchange.response?.layouts !== undefined) return noteSearch(exchange);
    for (const call of calls.values()) {
      if (!matches(call.row, exchange)) continue;
      call.statuses.add(exchange.status);
      if (isAudited(exchange)) notePending(exchange, call, isSdk);
      if (!isResult(exchange)) continue;
      const walks = isSdk ? [all, tested] : [all];
      const { body, answer } = typed.of(call.row.method);
      for (const walk of walks) {
        if (body !== undefined && exchange.request !== undefined) walk.follow(exchange.request, body);
        if (answer === undefined || exchange.response === undefined) continue;
        const problems = walk.follow(exchange.response, answer);
        if (problems.length > 0) call.shape ??= problems[0];
      }
      call.tested ||= isSdk;
    }
  }

  /** The acceptance of a message that an audit decides about has fields of its own, and lacks those of a message. */
  function notePending({ response }, call, isSdk) {
    const { answer } = typed.of(call.row.method);
    for (const walk of isSdk ? [all, tested] : [all]) if (answer !== undefined) walk.follow(response, answer);
  }

  function noteRefusal({ path, request, response, agent: asker }) {
    for (const [id, { path: where, field, code }] of Object.entries(refused)) {
      const isRefused = response?.code === code || response?.err_code === code;
      if (!isRefused || !where.test(path) || request?.[field] === undefined) continue;
      all.seen.add(id);
      if (asker.startsWith(agent)) tested.seen.add(id);
    }
  }

  /** A bot's own answer to a search; its address is asked by the simulator, or by the SDK's `simulateSearch`. */
  function noteSearch({ request, response, agent: asker }) {
    for (const walk of asker === SIMULATOR_CALLBACK ? [all, tested] : [tested]) {
      walk.follow(request, typed.named('Interaction'));
      walk.follow(request.data?.resolved, typed.named('SearchInputResolved'));
      walk.follow(response, typed.named('SearchRsp'));
    }
  }

  function noteFrame(payload) {
    if (payload?.op !== 0) return;
    const event = events.get(payload.t);
    const type = typed.payload(payload.t);
    if (event === undefined || type === undefined) return;
    event.sent = true;
    const isHandled = settled.has(`${payload.t} ${payload.id ?? ''}`);
    for (const walk of isHandled ? [all, tested] : [all]) {
      const problems = walk.follow(payload.d, type);
      if (problems.length > 0) event.shape ??= problems[0];
    }
    event.tested ||= isHandled;
  }
}

/** Not an error, and not the acceptance of a message that an audit decides about: that has the form of an error. */
function isResult({ status, response }) {
  const code = response?.err_code ?? response?.code ?? 0;
  return (status === 200 || status === 204) && code === 0;
}

/** Taken, and an audit decides. */
function isAudited({ status, response }) {
  return (status === 201 || status === 202) && response?.data?.message_audit !== undefined;
}

function matches(row, { method, path, request, trace }) {
  if (row.verb !== method) return false;
  // Parts of a file go to an object storage, which is no part of the API and gives no trace id.
  if (row.path === '{presigned_url}') return !trace && /upload/.test(path);
  if (!trace || !pattern(row.path).test(path)) return false;
  return bodies[row.method]?.(request) ?? true;
}

function pattern(template) {
  const source = template
    .split(/(\{\w+\})/)
    .map((part) => (part.startsWith('{') ? '[^/]+' : part.replaceAll('.', '\\.')));
  return new RegExp(`^${source.join('')}$`);
}

/** Finds the types of what goes over the wire. */
function types(declarations, files) {
  const methods = methodsOf(declarations, files.openapi);
  const payloads = declarations.membersOf(files.dto, 'EventPayloads') ?? new Map();
  const named = (name) => {
    const found = declarations.exported(files.dto, name);
    if (found?.type === undefined) throw new Error(`botgo/dto has no type ${name}`);
    return { type: { kind: 'ref', name, args: [] }, file: found.file, bound: new Map() };
  };
  return {
    named,
    payload: (t) => payloads.get(t),
    of(method) {
      const member = methods.get(method);
      if (member === undefined) return {};
      const body = bodyTypes[method] === undefined ? bodyOf(declarations, member) : named(bodyTypes[method]);
      const answer = answerTypes[method] === undefined ? resultOf(member) : named(answerTypes[method]);
      return { body, answer };
    },
  };
}

/** The last argument with fields, but for the options. */
function bodyOf(declarations, { type, file, bound }) {
  const objects = type.parameters
    .filter(({ name }) => name !== 'options' && name !== 'pager')
    .map((parameter) => ({ type: parameter.type, file, bound }))
    .filter((parameter) => declarations.members(parameter.type, file, bound) !== undefined);
  return objects.at(-1);
}

function resultOf({ type, file, bound }) {
  const { result } = type;
  const isPromise = result.kind === 'ref' && result.name === 'Promise' && result.args.length === 1;
  const [inner] = isPromise ? result.args : [];
  return inner === undefined || (inner.kind === 'ref' && inner.name === 'void')
    ? undefined
    : { type: inner, file, bound };
}

/** Problems of the columns `simulator` and `tested`, by row, for the three areas that have them. */
export function judge(evidence, tables) {
  const columns = () => ({ simulator: new Map(), tested: new Map() });
  const openapi = columns();
  for (const [method, call] of evidence.calls) {
    const worked = [...call.statuses].some((status) => status < 300);
    if (call.statuses.size === 0) openapi.simulator.set(method, 'no test calls it');
    else if (!worked) {
      const isThere = [...call.statuses].some((status) => !unanswered.has(status));
      openapi.simulator.set(
        method,
        isThere ? `answers only ${[...call.statuses].join(', ')}` : 'is not answered',
      );
    } else if (call.shape !== undefined)
      openapi.simulator.set(method, `answers in another form: ${call.shape}`);
    if (!call.tested) openapi.tested.set(method, 'no test calls it through the SDK');
  }
  const events = columns();
  for (const [t, event] of evidence.events) {
    if (!event.sent) events.simulator.set(t, 'is sent in no test');
    else if (event.shape !== undefined) events.simulator.set(t, `has another form: ${event.shape}`);
    if (!event.tested) events.tested.set(t, 'no test handles it through the SDK');
  }
  const objects = columns();
  for (const { id, object, field } of tables.objects) {
    const own = field === '–' ? [enumFields[object]] : typeNamesOf(object).map((type) => `${type}.${field}`);
    const names = [...own, ...(readInto[id] ?? []), ...(id in refused ? [id] : [])];
    if (!names.some((name) => evidence.seenBySimulator.has(name)))
      objects.simulator.set(id, 'crosses the wire in no test');
    if (!names.some((name) => evidence.seenByTests.has(name)))
      objects.tested.set(id, 'no test has it through the SDK');
  }
  return { openapi, events, objects };
}
