import { readFileSync } from 'node:fs';
import { conversationKey } from 'botgo/delivery';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identifyFrame } from './scan.js';

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
    expect(identifyFrame(Buffer.from(frame), type)).toEqual(whole(frame));
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
    expect(identifyFrame(Buffer.from(frame), 'AT_MESSAGE_CREATE')).toEqual({ id: 'e1', key: 'right' });
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
          expect(identifyFrame(Buffer.from(frame), t)).toEqual(whole(frame));
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
