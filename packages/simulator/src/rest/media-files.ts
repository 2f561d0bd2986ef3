import { Hono } from 'hono';
import type { Platform } from '../platform.js';
import { digest } from '../uploads.js';
import { type Env, hangUp, strike } from './strike-call.js';

/** Stored files, served to whoever has their address, as the platform's media hosts do. */
export function mediaApp(platform: Platform): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/_media/:uuid', (c) => {
    const media = platform.media.byUuid(c.req.param('uuid'));
    if (media?.bytes === undefined) return c.json({ code: 404, message: 'there is no such file' }, 404);
    const type = media.contentType.includes('/') ? media.contentType : 'application/octet-stream';
    return new Response(Buffer.from(media.bytes), {
      headers: { 'content-type': type, 'x-content-type-options': 'nosniff' },
    });
  });
  // Object storage: the address is the right to write, no credential is asked for.
  app.put('/_upload/:id/:index', async (c) => {
    const { fault, answer } = await strike(platform, c);
    if (answer !== undefined) return answer;
    const upload = platform.uploads.find(c.req.param('id'));
    const index = Number(c.req.param('index'));
    const part = upload?.parts[index];
    if (upload === undefined || part === undefined)
      return c.json({ code: 404, message: 'no such upload' }, 404);
    const length = Number(c.req.header('content-length') ?? Number.NaN);
    if (!(length <= upload.blockSize)) return c.json({ code: 413, message: 'the part is too large' }, 413);
    part.bytes = new Uint8Array(await c.req.arrayBuffer());
    part.isFinished = false;
    if (fault?.answer === 'reset') return hangUp(c);
    return new Response(null, { status: 200, headers: { ETag: `"${digest('md5', part.bytes)}"` } });
  });
  return app;
}
