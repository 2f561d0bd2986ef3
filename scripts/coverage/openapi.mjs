// What does each method of the client really send? Calls them all against a server of its own and compares verb and
// path with the facts.
import { once } from 'node:events';
import { createServer } from 'node:http';

const presigned = '{presigned_url}';

/**
 * @param load - Loads a built module of `botgo` by its path, e.g. `openapi`.
 * @param {string} file - `openapi/index.d.ts` of the built package.
 * @returns Problems by method, and methods that the facts lack.
 */
export async function checkMethods(tables, declarations, file, load) {
  const methods = methodsOf(declarations, file);
  const problems = new Map();
  if (methods.size === 0) {
    for (const { method } of tables.openapi) problems.set(method, 'there is no client');
    return { problems, unknown: [] };
  }
  const recorder = await startRecorder();
  try {
    const { createOpenAPI } = await load('openapi');
    const { botToken } = await load('token');
    const api = createOpenAPI({
      tokenSource: botToken('1', 'x'),
      baseUrl: recorder.url,
      timeoutMs: 2_000,
      maxAttempts: 1,
    });
    for (const row of tables.openapi) {
      const member = methods.get(row.method);
      const problem =
        member === undefined ? 'no such method' : await tryMethod(api, row, member, declarations, recorder);
      if (problem !== undefined) problems.set(row.method, problem);
    }
    await api.close();
  } finally {
    await recorder.close();
  }
  const known = new Set([...tables.openapi, ...tables.extra.openapi].map((row) => row.method));
  return { problems, unknown: [...methods.keys()].filter((method) => !known.has(method)) };
}

/** The methods of the client that call the platform. */
export function methodsOf(declarations, file) {
  const all = declarations.membersOf(file, 'OpenAPI') ?? new Map();
  const base = declarations.membersOf(file, 'OpenAPIBase') ?? new Map();
  return new Map([...all].filter(([name, { type }]) => type.kind === 'function' && !base.has(name)));
}

async function tryMethod(api, row, member, declarations, recorder) {
  // What is optional may be needed by a check of the method's own.
  for (const isFull of [false, true]) {
    const samples = new Samples(declarations, recorder.url, isFull);
    const args = member.type.parameters
      .filter(({ name }) => name !== 'options')
      .map((parameter) => samples.of({ ...member, ...parameter }));
    recorder.clear();
    try {
      const result = api[row.method](...args);
      await (result?.[Symbol.asyncIterator] === undefined ? result : result[Symbol.asyncIterator]().next());
    } catch {
      // An empty answer is not what the method expects; what it sent is on record.
    }
    const sent = recorder.requests.map(({ method, path }) => `${method} ${samples.hide(path)}`);
    const wanted = `${row.verb} ${row.path === presigned ? samples.hide(recorder.uploadPath) : row.path.replaceAll(/\{\w+\}/g, '{}')}`;
    if (sent.includes(wanted)) return undefined;
    if (sent.length > 0) return `sends ${sent.join(', ')}`;
  }
  return 'sends nothing';
}

/** Makes arguments for a call out of their types. Ids are numbers in text, each one another. */
class Samples {
  #declarations;
  #origin;
  #isFull;
  #next = 7_000_001;

  constructor(declarations, origin, isFull) {
    this.#declarations = declarations;
    this.#origin = origin;
    this.#isFull = isFull;
  }

  of({ type, file, bound, name = '' }, depth = 0) {
    const { type: form, file: home, bound: scope } = this.#declarations.resolve(type, file, bound);
    const inner = (part) => this.of({ type: part, file: home, bound: scope, name }, depth + 1);
    if (form.kind === 'literal') return form.value;
    if (form.kind === 'array') return [inner(form.element)];
    if (form.kind === 'ref') return this.#named(form, name, home, scope, depth);
    if (form.kind === 'union') return inner(pickPart(form.types));
    if (form.kind === 'intersection' && form.types[0].kind === 'ref' && isPrimitive(form.types[0].name))
      return inner(form.types[0]);
    return this.#object(this.#declarations.members(form, home, scope), depth);
  }

  #named(form, name, home, scope, depth) {
    if (form.name === 'string') return /url/i.test(name) ? `${this.#origin}/upload/1` : String(this.#next++);
    if (form.name === 'number') return this.#next++;
    if (form.name === 'boolean') return true;
    if (form.name === 'Uint8Array') return new Uint8Array([1]);
    return this.#object(this.#declarations.members(form, home, scope), depth);
  }

  #object(members, depth) {
    const value = {};
    if (depth > 6) return value;
    for (const [name, member] of members ?? []) {
      if (!member.optional || this.#isFull) value[name] = this.of({ ...member, name }, depth + 1);
    }
    return value;
  }

  /** A path with `{}` where a sample stands. */
  hide(path) {
    return path.replaceAll(/(?<=\/)7\d{6}(?=\/|$)/g, '{}');
  }
}

/** Of an open enum (`Table[keyof Table] | (number & {})`) the primitive; of other unions the first part that is a value. */
function pickPart(types) {
  const open = types.find((part) => part.kind === 'intersection' && isPrimitive(part.types[0].name));
  return open ?? types.find((part) => part.kind !== 'ref' || part.name !== 'undefined') ?? types[0];
}

function isPrimitive(name) {
  return ['string', 'number', 'boolean'].includes(name);
}

/** A server that takes every request and answers with an empty object. */
async function startRecorder() {
  const requests = [];
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      requests.push({ method: request.method, path: new URL(request.url, 'http://localhost').pathname });
      response.setHeader('content-type', 'application/json');
      response.end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    uploadPath: '/upload/1',
    requests,
    clear: () => requests.splice(0),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
