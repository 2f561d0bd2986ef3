import type { IncomingMessage, ServerResponse } from 'node:http';
import { createReceivers, type Receivers, tooLarge, type WebhookHandlerOptions } from './receivers.js';
import { headerBotAppId, headerSig, headerTimestamp } from './signature.js';
import { refusal, type WebhookAnswer, WebhookSource } from './webhook-source.js';

/**
 * A handler for `node:http` and what is built on it (Express, Fastify's raw routes). The signature is over the body's raw bytes: mount it
 * before any body parser, or let the parser keep them as `request.rawBody`.
 * @throws {ConfigError} without a source, or with two for one app id.
 */
export function nodeHandler(
  sources: WebhookSource | readonly WebhookSource[],
  options: WebhookHandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const receivers = createReceivers(sources, options);
  return (request, response) => {
    const source = receivers.admit({
      method: request.method ?? '',
      path: (request.url ?? '').split('?', 1)[0] ?? '',
      appId: headerOf(request, headerBotAppId),
      contentLength: headerOf(request, 'content-length'),
    });
    if (source instanceof WebhookSource) readBody(request, response, source, receivers);
    else send(response, source);
  };
}

function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  source: WebhookSource,
  { maxBodyBytes }: Receivers,
): void {
  const kept = (request as { rawBody?: unknown }).rawBody;
  if (kept instanceof Uint8Array) {
    answer(request, response, source, kept);
    return;
  }
  if (request.readableEnded || request.readableDidRead) {
    send(response, refusal(500, 'the body was read before the webhook handler'));
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  // A sender that went away gets no answer, and nothing is handled.
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= maxBodyBytes) chunks.push(chunk);
    else if (!response.headersSent) {
      chunks.length = 0;
      send(response, tooLarge());
    }
  });
  request.on('end', () => {
    if (length > maxBodyBytes) return;
    const [first] = chunks;
    answer(request, response, source, chunks.length === 1 && first ? first : Buffer.concat(chunks, length));
  });
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  source: WebhookSource,
  body: Uint8Array,
): void {
  const answered = source.answer({
    signature: headerOf(request, headerSig),
    timestamp: headerOf(request, headerTimestamp),
    body,
  });
  if (answered instanceof Promise) void answered.then((late) => send(response, late));
  else send(response, answered);
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

function send(response: ServerResponse, { status, body }: WebhookAnswer): void {
  if (response.destroyed || response.headersSent) return;
  const headers: Record<string, string | number> = { 'content-length': Buffer.byteLength(body) };
  if (body !== '') headers['content-type'] = 'application/json';
  if (status === 405) headers.allow = 'POST';
  response.writeHead(status, headers).end(body);
}
