import { readFileSync } from 'node:fs';
import { conversationKey } from 'botgo/delivery';
import { scanFrame } from 'botgo/gateway';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identifyFrame } from './scan.js';

/** As the access side asks, told where the name ends; what it says must not depend on that. */
function identify(frame: Buffer, type: string) {
  const told = identifyFrame(frame, type, scanFrame(frame)?.nameEnd);
  expect(told).toEqual(identifyFrame(frame, type));
  return told;
}

/** What parsing the whole frame says. */
function whole(frame: string) {
  const { id, t, d } = JSON.parse(frame) as { id?: string; t: string; d: { id?: string } };
  return { id: id ?? '', key: t === 'INTERACTION_CREATE' ? (d.id ?? '') : conversationKey({ t, d }) };
}

const frames = readFileSync(new URL('../../../facts/events.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');

describe('the identity of a frame', () => {
  it.each(frames.map((frame) => [JSON.parse(frame).t as string, frame]))('%s', (type, frame) => {
    expect(identify(Buffer.from(frame), type)).toEqual(whole(frame));
  });

  it.each([
    ['content that looks like JSON', { content: '","channel_id":"fooled","x":"', channel_id: 'right' }],
    [
      'the same keys, nested',
      { message_reference: { channel_id: 'fooled', id: 'fooled' }, channel_id: 'right' },
    ],
    [
      'an array of objects before it',
      { attachments: [{ channel_id: 'fooled' }, '}', ']'], channel_id: 'right' },
    ],
    ['escapes and quotes', { content: '\\"\\\\', author: { username: '"}' }, channel_id: 'right' }],
    ['unicode', { content: '你好 \u2028 😀', channel_id: 'right' }],
  ])('is not fooled by %s', (_, d) => {
    const frame = JSON.stringify({ op: 0, s: 1, t: 'AT_MESSAGE_CREATE', id: 'e1', d });
    expect(identify(Buffer.from(frame), 'AT_MESSAGE_CREATE')).toEqual({ id: 'e1', key: 'right' });
  });

  it.each([
    ['a text that ends in a backslash', { content: '\\', author: 'x', channel_id: 'right' }],
    ['a name with quotes in it', { 'x":1,"channel_id":"fooled': 1, channel_id: 'right' }],
    ['a name that ends in a backslash', { 'x\\': '","channel_id":"fooled', channel_id: 'right' }],
    ['a text that looks like the rest of a frame', { x: '"},"id":"fooled', channel_id: 'right' }],
    ['a conversation with an escape', { channel_id: 'ri"ght' }],
    ['a conversation beyond ASCII', { channel_id: 'ré\u4f60' }],
    ['a conversation that is no text', { channel_id: null, group_openid: 'right' }],
    ['a conversation far behind', { content: 'x'.repeat(2_000), channel_id: 'right' }],
    ['the same keys, two levels down', { x: { y: { z: 1 }, channel_id: 'fooled' }, channel_id: 'right' }],
    ['no conversation', { content: 'channel_id', guild_id: 'guild' }],
    ['an empty object', {}],
  ])('is not fooled by %s, in the order in which the platform writes', (_, d) => {
    for (const id of ['e1', '', 'é', 'a"b', 'a\\', '"},"d":{"channel_id":"fooled']) {
      const frame = JSON.stringify({ op: 0, s: 12_345, t: 'AT_MESSAGE_CREATE', id, d });
      expect(identify(Buffer.from(frame), 'AT_MESSAGE_CREATE')).toEqual(whole(frame));
    }
  });

  it.each([
    '{"op":0,"s":1,"t":"AT_MESSAGE_CREATE","id":"e1","d":{"channel_id":"c1"',
    '{"op":0,"s":1,"t":"AT_MESSAGE_CREATE","id":"e1","d":{"x":{"channel_id":"fooled"},"channel_id":"c1"',
    '{"op":0,"s":1,"t":"AT_MESSAGE_CREATE","id":"e1","d":{"x":["channel_id",{"y":"]}"}],"channel_id":"c1"',
  ])('takes no part of a frame that ends early for the whole: %s', (frame) => {
    const found = { id: 'e1', key: 'c1' };
    for (let length = 0; length < frame.length; length++)
      expect(() => identify(Buffer.from(frame.slice(0, length)), 'AT_MESSAGE_CREATE')).toThrow();
    expect(identify(Buffer.from(frame), 'AT_MESSAGE_CREATE')).toEqual(found);
  });

  it('says what parsing says of frames in the order in which the platform writes, for any content', () => {
    const hostile = fc.constantFrom(
      '","channel_id":"x',
      '\\',
      '{',
      '}',
      '"',
      '你好',
      '"},"d":{',
      '\u007f',
      '\n',
    );
    const text = fc.oneof(fc.string(), hostile, fc.string({ unit: hostile, maxLength: 4 }));
    const value = fc.oneof(text, fc.jsonValue({ maxDepth: 3 }), fc.double({ noNaN: true }));
    const own = {
      AT_MESSAGE_CREATE: (key: string, x: unknown) => ({ x, channel_id: key }),
      GROUP_AT_MESSAGE_CREATE: (key: string, x: unknown) => ({ x, group_openid: key }),
      C2C_MESSAGE_CREATE: (key: string, x: unknown) => ({ author: { x, user_openid: key } }),
    };
    fc.assert(
      fc.property(
        fc.constantFrom('AT_MESSAGE_CREATE', 'GROUP_AT_MESSAGE_CREATE', 'C2C_MESSAGE_CREATE'),
        fc.nat(),
        fc.oneof(fc.constant('e1'), text),
        fc.oneof(fc.constant('c1'), text),
        fc.dictionary(fc.oneof(text, fc.constantFrom('id', 'content', 'y')), value, { maxKeys: 4 }),
        value,
        (t, s, id, key, before, x) => {
          const d = Object.entries(before).filter(([name]) => !/_id$|openid$|^author$|^message$/.test(name));
          const frame = JSON.stringify({
            op: 0,
            s,
            t,
            id,
            d: { ...Object.fromEntries(d), ...own[t](key, x) },
          });
          expect(identify(Buffer.from(frame), t)).toEqual(whole(frame));
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('says what parsing says, for any content, key order and white space', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('","channel_id":"x', '\\', '{', '}', '"', '你好'));
    const nested = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        tie('object'),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
      object: fc.dictionary(
        fc.constantFrom('channel_id', 'id', 'author', 'content', 'group_openid', 'x'),
        tie('value'),
        { maxKeys: 4 },
      ),
    })).object;
    const type = fc.constantFrom('AT_MESSAGE_CREATE', 'GROUP_AT_MESSAGE_CREATE', 'C2C_MESSAGE_CREATE');
    fc.assert(
      fc.property(
        nested,
        text,
        type,
        fc.shuffledSubarray(['op', 's', 't', 'id', 'd'], { minLength: 5 }),
        fc.constantFrom(undefined, 1, '\t'),
        text,
        (extra, id, t, order, space, said) => {
          const own = {
            AT_MESSAGE_CREATE: { channel_id: id },
            GROUP_AT_MESSAGE_CREATE: { group_openid: id },
            C2C_MESSAGE_CREATE: { author: { x: extra, user_openid: id } },
          }[t];
          const all: Record<string, unknown> = { op: 0, s: 7, t, id, d: { x: extra, ...own, content: said } };
          const frame = JSON.stringify(
            Object.fromEntries(order.map((name) => [name, all[name]])),
            undefined,
            space,
          );
          expect(identify(Buffer.from(frame), t)).toEqual(whole(frame));
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
