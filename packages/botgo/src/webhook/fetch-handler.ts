import { createReceivers, tooLarge, type WebhookHandlerOptions } from './receivers.js';
import { headerBotAppId, headerSig, headerTimestamp } from './signature.js';
import { refusal, type WebhookAnswer, WebhookSource } from './webhook-source.js';

/**
 * A handler of the Fetch standard, for Hono, Bun, Deno, workers and the like: `Request` in, `Response` out. The body must not
 * have been read before, since the signature is over its raw bytes.
 * @throws {ConfigError} without a source, or with two for one app id.
 */
export function fetchHandler(
  sources: WebhookSource | readonly WebhookSource[],
  options: WebhookHandlerOptions = {},
): (request: Request) => Promise<Response> {
  const receivers = createReceivers(sources, options);
  return async (request) => {
    const { headers, method } = request;
    const source = receivers.admit({
      method,
      path: new URL(request.url).pathname,
      appId: headers.get(headerBotAppId) ?? undefined,
      contentLength: headers.get('content-length') ?? undefined,
    });
    if (!(source instanceof WebhookSource)) return toResponse(source);
    if (request.bodyUsed) return toResponse(refusal(500, 'the body was read before the webhook handler'));
    const body = await readBody(request.body, receivers.maxBodyBytes);
    if (body === 'broken') return toResponse(refusal(400, 'the body broke off'));
    if (body === 'too-large') return toResponse(tooLarge());
    return toResponse(
      await source.answer({
        signature: headers.get(headerSig) ?? undefined,
        timestamp: headers.get(headerTimestamp) ?? undefined,
        body,
      }),
    );
  };
}

async function readBody(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array | 'broken' | 'too-large'> {
  if (!stream) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      length += read.value.byteLength;
      if (length > maxBytes) {
        await reader.cancel();
        return 'too-large';
      }
      chunks.push(read.value);
    }
  } catch {
    // The sender went away; nobody is left to tell.
    return 'broken';
  }
  const [first] = chunks;
  return chunks.length === 1 && first ? first : Buffer.concat(chunks, length);
}

function toResponse({ status, body }: WebhookAnswer): Response {
  const headers: Record<string, string> = body === '' ? {} : { 'content-type': 'application/json' };
  if (status === 405) headers.allow = 'POST';
  return new Response(body, { status, headers });
}
