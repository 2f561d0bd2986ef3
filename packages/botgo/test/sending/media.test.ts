import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { createClock, type SimClock, type Simulator, startSimulator } from '@botgo/simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bot, type BotOptions } from '../../src/bot/index.js';
import { type ReplyRefusal, ReplyRefusedError } from '../../src/errs/index.js';
import { silentLogger } from '../../src/log/index.js';
import { file, image, media, type UploadProgress, video, voice } from '../../src/message/index.js';

const MIB = 1024 * 1024;
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const USER = { scene: 'c2c', id: '0A1B2C3D4E5F60718293A4B5C6D7E8F9' } as const;
const GROUP = { scene: 'group', id: '5566778899AABBCCDDEEFF0011223344' } as const;

let sim: Simulator;
let clock: SimClock;
let bot: Bot;
let calls: string[];
let faults: string[];
let folder: string;
beforeEach(async () => {
  clock = createClock();
  sim = await startSimulator({ clock });
  folder = await mkdtemp(join(tmpdir(), 'botgo-media-'));
  calls = [];
  faults = [];
  sim.control.subscribe(
    (event) => {
      if (event.type === 'fault' && event.kind.startsWith('http ')) faults.push(event.kind);
      if (event.type === 'call') calls.push(`${event.path.split('/').at(-1)} ${event.status}`);
    },
    ['call', 'fault'],
  );
  bot = makeBot();
});
afterEach(async () => {
  await bot.stop();
  await sim.close();
  await rm(folder, { recursive: true });
});

function makeBot(sending: BotOptions['sending'] = {}): Bot {
  return new Bot({
    appId: '102000001',
    secret: 'demo-secret',
    baseUrl: sim.url,
    logger: silentLogger,
    sending,
  });
}

const refused = (reason: ReplyRefusal) => (error: unknown) =>
  error instanceof ReplyRefusedError && error.reason === reason;
const uploads = () => calls.filter((call) => call.startsWith('files'));

/** A valid mp4 by its first bytes. */
function mp4(bytes: number): Buffer {
  const content = randomBytes(bytes);
  content.write('\0\0\0\x18ftypmp42', 0, 'latin1');
  return content;
}

/** Where readers find the file of the last message. */
function lastUrl(): string {
  const body = sim.control.outbox().at(-1)?.body as { media?: { file_info: string } };
  const info = Buffer.from(body.media?.file_info ?? '', 'base64').toString();
  return `${sim.url}/_media/${info.split(':')[1]}`;
}

describe('every kind of source', () => {
  const sources: [string, (path: string) => Parameters<typeof image>[0]][] = [
    ['a Buffer', () => PNG],
    ['a Uint8Array', () => new Uint8Array(PNG)],
    ['a Blob', () => new Blob([PNG])],
    ['a path', (path) => ({ path })],
    ['a file URL', (path) => pathToFileURL(path)],
    ['a Node stream', () => Readable.from([PNG.subarray(0, 5), PNG.subarray(5)])],
    ['a web stream', () => new Blob([PNG]).stream() as unknown as AsyncIterable<Uint8Array>],
  ];
  it.each(sources)('%s arrives byte for byte', async (_name, make) => {
    const path = join(folder, 'cat.png');
    await writeFile(path, PNG);
    const sent = await bot.send(USER, image(make(path), 'a cat'));
    expect(sent.id).toBeTruthy();
    const url = lastUrl();
    expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(PNG);
  });

  it('a URL is fetched by the platform', async () => {
    const { server, url, hits } = await serve(PNG);
    await bot.send(USER, image(url));
    expect(hits()).toBe(0);
    expect(uploads()).toEqual(['files 200']);
    server.close();
  });

  it('a URL is fetched here when asked', async () => {
    const { server, url, hits } = await serve(PNG);
    await bot.send(GROUP, image(new URL(url), { fetch: true }));
    expect(hits()).toBe(1);
    const stored = await fetch(lastUrl());
    expect(Buffer.from(await stored.arrayBuffer())).toEqual(PNG);
    server.close();
  });

  it.each([['./cat.png'], ['/etc/passwd'], ['data:image/png;base64,AA'], ['']])(
    'the text %j is no file',
    async (text) => {
      expect(() => image(text)).toThrow('{ path }');
      await expect(bot.upload(USER, text)).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
      expect(calls).toEqual([]);
    },
  );

  it('a path that does not exist, and a folder, are mistakes', async () => {
    for (const path of [join(folder, 'none'), folder])
      await expect(bot.upload(USER, { path })).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
  });
});

describe('the kind of a file', () => {
  it.each<[string, Buffer, string]>([
    ['png', PNG, 'image'],
    ['jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0]), 'image'],
    ['mp4', mp4(64), 'video'],
    ['silk', Buffer.from('#!SILK_V3....'), 'voice'],
    ['silk with a byte in front', Buffer.from('\x02#!SILK_V3....'), 'voice'],
    ['a text', Buffer.from('hello'), 'file'],
    ['html that is called a picture', Buffer.from('<html>.png'), 'file'],
    ['a riff of another kind', Buffer.from('RIFF\0\0\0\0AVI LIST'), 'file'],
  ])('%s is told by its first bytes', async (_name, bytes, kind) => {
    expect(await bot.upload(USER, bytes)).toMatchObject({ kind, reused: false });
  });

  it.each([
    ['image', Buffer.from('<html>')],
    ['video', PNG],
    ['voice', mp4(64)],
  ] as const)('what is not %s is refused before anything is sent', async (kind, bytes) => {
    await expect(bot.upload(USER, bytes, { kind })).rejects.toSatisfy(refused('file-type'));
    expect(calls).toEqual([]);
  });

  it('anything goes as a file, under its name', async () => {
    await bot.send(USER, file(PNG, { name: 'cat.png', content: 'here' }));
    expect(sim.control.outbox().at(-1)).toMatchObject({ content: 'here' });
  });
});

describe('the limit of each kind', () => {
  const limits = { image: PNG.length + 10, video: 200, voice: 30, file: 20 };
  it.each<[string, Uint8Array, 'image' | 'video' | 'voice' | 'file']>([
    ['image', Buffer.concat([PNG, Buffer.alloc(11)]), 'image'],
    ['video', mp4(201), 'video'],
    ['voice', Buffer.from(`#!SILK_V3${'.'.repeat(30)}`), 'voice'],
    ['file', Buffer.alloc(21), 'file'],
  ])('%s', async (_name, bytes, kind) => {
    bot = makeBot({ uploads: { maxBytes: limits } });
    const path = join(folder, 'large');
    await writeFile(path, bytes);
    for (const source of [bytes, new Blob([bytes]), { path }, Readable.from([bytes])])
      await expect(bot.upload(USER, source)).rejects.toSatisfy(refused('file-too-large'));
    expect(calls).toEqual([]);
    const exact = bytes.subarray(0, limits[kind]);
    expect(await bot.upload(USER, exact)).toMatchObject({ kind });
  });

  it('is 30, 100, 20 and 100 MiB', async () => {
    const large = (bytes: number): Blob => {
      const part = new Uint8Array(MIB);
      return new Blob([...Array.from({ length: bytes / MIB }, () => part), new Uint8Array(1)]);
    };
    await expect(bot.upload(USER, large(100 * MIB))).rejects.toThrow(String(100 * MIB));
    const png = new Blob([PNG, large(30 * MIB)]);
    await expect(bot.upload(USER, png)).rejects.toThrow(String(30 * MIB));
    expect(calls).toEqual([]);
  });

  it('ends a stream without an end', async () => {
    bot = makeBot({ uploads: { maxBytes: { file: 1_000 } } });
    let isReturned = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(100);
      } finally {
        isReturned = true;
      }
    }
    await expect(bot.upload(USER, endless())).rejects.toSatisfy(refused('file-too-large'));
    expect(isReturned).toBe(true);
  });

  it('nothing is no file', async () => {
    await expect(bot.upload(USER, new Uint8Array())).rejects.toSatisfy(refused('empty'));
    expect(calls).toEqual([]);
  });
});

describe('handles', () => {
  it('are used again for the same bytes in the same scene', async () => {
    const first = await bot.upload(USER, PNG);
    const again = await bot.upload(USER, new Blob([PNG]));
    expect(again).toEqual({ ...first, reused: true });
    expect(await bot.upload(GROUP, PNG)).toMatchObject({ reused: false });
    expect(await bot.upload(USER, PNG, { reuse: false })).toMatchObject({ reused: false });
    expect(uploads()).toHaveLength(3);
    await bot.send(USER, media(first.fileInfo));
    expect(sim.control.outbox()).toHaveLength(1);
  });

  it('of a URL are used again only when asked', async () => {
    const url = 'https://example.com/cat.png';
    await bot.upload(USER, url);
    await bot.upload(USER, url);
    expect(uploads()).toHaveLength(2);
    expect(await bot.upload(USER, url, { reuse: true })).toMatchObject({ reused: true });
  });

  it('that the platform no longer takes are replaced, with one message in the end', async () => {
    await bot.send(USER, image(PNG));
    // The platform's clock runs ahead of ours: its handles end first.
    await clock.advance(86_400_000 + 1);
    await bot.send(USER, image(PNG));
    expect(uploads()).toHaveLength(2);
    expect(calls.filter((call) => call.startsWith('messages'))).toEqual([
      'messages 200',
      // The token has ended too.
      'messages 401',
      'messages 400',
      'messages 200',
    ]);
    expect(sim.control.outbox()).toHaveLength(2);
  });
});

describe('an upload in parts', () => {
  it('brings a large file over byte for byte, and says how far it is', async () => {
    const bytes = mp4(12 * MIB + 345);
    const path = join(folder, 'film.mp4');
    await writeFile(path, bytes);
    const progress: UploadProgress[] = [];
    await bot.send(USER, video({ path }, { onProgress: (at) => progress.push(at) }));
    const stored = await fetch(lastUrl());
    expect(Buffer.from(await stored.arrayBuffer()).equals(bytes)).toBe(true);
    expect(progress.map(({ sentBytes }) => sentBytes)).toEqual([
      0,
      5 * MIB,
      10 * MIB,
      bytes.length,
      bytes.length,
    ]);
    expect(calls.filter((call) => call.startsWith('upload_part_finish'))).toHaveLength(3);
  });

  it('tries a part again which the platform has not got yet, or whose answer was lost', async () => {
    bot = makeBot({ uploads: { partsFromBytes: 1 } });
    const path = '/v2/users/*/upload_part_finish';
    sim.control.fault({ kind: 'http', path, status: 400, code: 40093001, times: 2 });
    sim.control.fault({ kind: 'http', path: '/_upload/**', status: 503, times: 1 });
    sim.control.fault({ kind: 'http', path: '/_upload/**', answer: 'reset', after: true, times: 1 });
    await bot.upload(USER, PNG);
    expect(faults).toHaveLength(4);
    expect(calls.filter((call) => call.startsWith('upload_part_finish 200'))).toHaveLength(1);
  });

  it('sends as many parts at a time as the platform allows', async () => {
    sim.control.switches({ uploadConcurrency: 3 });
    sim.control.fault({ kind: 'http', path: '/_upload/**', answer: 'slow', ms: 60_000, times: 3 });
    const upload = bot.upload(USER, mp4(12 * MIB));
    // None of them has been answered: the simulator's clock stands still.
    await expect.poll(() => faults.length, { timeout: 20_000 }).toBe(3);
    await clock.advance(60_000);
    await upload;
  });

  it('ends with an abort', async () => {
    const abort = new AbortController();
    const onProgress = ({ sentBytes }: UploadProgress) => sentBytes > 0 && abort.abort();
    const upload = bot.upload(USER, mp4(16 * MIB), { signal: abort.signal, onProgress });
    await expect(upload).rejects.toMatchObject({ code: 'BOTGO_ABORTED' });
    expect(calls.filter((call) => call.startsWith('files'))).toEqual([]);
  });

  it('and so does a whole one, before it began', async () => {
    const upload = bot.upload(USER, PNG, { signal: AbortSignal.abort() });
    await expect(upload).rejects.toMatchObject({ code: 'BOTGO_ABORTED' });
    expect(calls).toEqual([]);
  });

  it('stops when the day’s volume is used up', async () => {
    bot = makeBot({ uploads: { partsFromBytes: 1 } });
    sim.control.fault({
      kind: 'http',
      path: '/v2/users/*/upload_prepare',
      status: 400,
      code: 40093002,
      times: 9,
    });
    await expect(bot.upload(USER, PNG)).rejects.toMatchObject({ platformCode: 40093002 });
    expect(faults).toHaveLength(1);
  });
});

describe('files in answers', () => {
  it.each([
    ['c2c', USER.id],
    ['group', GROUP.id],
    ['channel', '7000101'],
  ] as const)('image() works in %s', async (scene, target) => {
    const path = join(folder, 'cat.png');
    await writeFile(path, PNG);
    const result = new Promise((resolve, reject) => {
      bot.on(['C2C_MESSAGE_CREATE', 'GROUP_AT_MESSAGE_CREATE', 'AT_MESSAGE_CREATE'], (ctx) =>
        ctx.reply(image({ path }, 'a cat')).then(resolve, reject),
      );
    });
    await bot.start({ handleSignals: false });
    sim.control.say({ scene, target, content: 'cat?' });
    await result;
    expect(sim.control.outbox()).toMatchObject([{ scene, content: 'a cat' }]);
  });

  it('an answer that is refused uploads nothing', async () => {
    const result = new Promise((resolve, reject) => {
      bot.on('C2C_MESSAGE_CREATE', async (ctx) => {
        try {
          for (let count = 0; count < 4; count++) await ctx.reply('x');
          resolve(await ctx.reply(voice(Buffer.from('#!SILK_V3'))));
        } catch (error) {
          reject(error);
        }
      });
    });
    await bot.start({ handleSignals: false });
    sim.control.say({ scene: 'c2c', target: USER.id, content: 'hi' });
    await expect(result).rejects.toSatisfy(refused('replies-used-up'));
    expect(uploads()).toEqual([]);
  });

  it('a file is nothing for a channel', async () => {
    const place = { scene: 'channel', id: '7000101' } as const;
    await expect(bot.send(place, video(mp4(64)) as never)).rejects.toSatisfy(refused('unsupported'));
    expect(calls).toEqual([]);
  });
});

async function serve(bytes: Uint8Array): Promise<{ server: Server; url: string; hits: () => number }> {
  let count = 0;
  const server = createServer((_request, response) => {
    count++;
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}/cat.png`, hits: () => count };
}
