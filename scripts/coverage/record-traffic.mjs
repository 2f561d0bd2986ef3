// A set-up file of the tests, used when BOTGO_TRAFFIC names a file: appends to it, as JSON lines, what HTTP servers in
// this process answered and what its WebSocket clients got. Looks from outside, through Node, so that neither the SDK nor
// the simulator has to know that it is watched.
//
//   {"kind": "exchange", "agent", "method", "path", "query", "status", "trace", "request", "response"}
//   {"kind": "frame", "payload"}
//   {"kind": "settled", "type", "id", "outcome"}   (from the SDK's own channel: a handler got the event)
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// The copy that the SDK and the simulator use, not one of the workspace's own.
const { WebSocket } = createRequire(new URL('../../packages/botgo/package.json', import.meta.url))('ws');

const file = process.env.BOTGO_TRAFFIC;
if (file !== undefined) {
  subscribe('http.server.request.start', ({ request, response }) => watchExchange(request, response));
  watchFrames();
}

function write(line) {
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** JSON when it is JSON, the fields of a form, else undefined: bytes are of no interest here. */
function parse(chunks, contentType = '') {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)/.exec(contentType)?.[1];
  const text = Buffer.concat(chunks).toString(boundary === undefined ? 'utf8' : 'latin1');
  return boundary === undefined ? parseJson(text) : parseForm(text, boundary);
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Objects in a form are JSON; a file is an empty object, as it has no JSON. */
function parseForm(text, boundary) {
  const fields = {};
  for (const part of text.split(`--${boundary}`).slice(1, -1)) {
    const end = part.indexOf('\r\n\r\n');
    const head = part.slice(0, end);
    const name = /name="([^"]*)"/.exec(head)?.[1] ?? '';
    const content = Buffer.from(part.slice(end + 4, -2), 'latin1').toString('utf8');
    fields[name] = /filename=/.test(head) ? {} : (parseJson(content) ?? content);
  }
  return fields;
}

function watchExchange(request, response) {
  const asked = [];
  const answered = [];
  const collect = (chunks, chunk, encoding) => {
    if (typeof chunk === 'string')
      chunks.push(Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8'));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  // A listener for `data` would start the flow before the server's own is there.
  const { push } = request;
  request.push = function (chunk, encoding) {
    collect(asked, chunk, encoding);
    return push.call(this, chunk, encoding);
  };
  for (const name of ['write', 'end']) {
    const original = response[name];
    response[name] = function (chunk, encoding, callback) {
      collect(answered, chunk, encoding);
      return original.call(this, chunk, encoding, callback);
    };
  }
  // Headers given to writeHead are not among getHeaders.
  let headers = '';
  const { writeHead } = response;
  response.writeHead = function (...parts) {
    headers += JSON.stringify(parts).toLowerCase();
    return writeHead.apply(this, parts);
  };
  response.once('finish', () => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    headers += JSON.stringify(response.getHeaders()).toLowerCase();
    write({
      kind: 'exchange',
      agent: request.headers['user-agent'] ?? '',
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      status: response.statusCode,
      trace: headers.includes('x-tps-trace-id'),
      request: parse(asked, request.headers['content-type']),
      response: headers.includes('application/json') ? parse(answered) : undefined,
    });
  });
}

function watchFrames() {
  const { emit } = WebSocket.prototype;
  WebSocket.prototype.emit = function (event, ...parts) {
    // What clients get: a server may write its frames past the library.
    if (event === 'message' && this._isServer === false) {
      const payload = parse([Buffer.from(parts[0])]);
      if (payload !== undefined) write({ kind: 'frame', payload });
    }
    return emit.call(this, event, ...parts);
  };
  subscribe('botgo:delivery:settled', ({ type, id, outcome }) =>
    write({ kind: 'settled', type, id, outcome }),
  );
}
