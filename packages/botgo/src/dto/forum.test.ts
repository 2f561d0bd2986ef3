import { expect, it } from 'vitest';
import { quoteForumIds } from './index.js';

it('keeps all digits of ids that stand as numbers', () => {
  const frame =
    '{"op":0,"d":{"guild_id":1152921504606847001,"channel_id": 7000101 , "author_id":9007199254740993}}';
  expect(JSON.parse(quoteForumIds(frame)).d).toEqual({
    guild_id: '1152921504606847001',
    channel_id: '7000101',
    author_id: '9007199254740993',
  });
});

it('leaves strings alone, also those that look like an id', () => {
  const d = {
    guild_id: '1',
    author_id: '9007199254740993',
    type: 1152921504606847,
    thread_info: { content: '{"guild_id":9007199254740993,"author_id":1}', title: ',' },
    author_id2: 5,
  };
  const frame = JSON.stringify({ d });
  expect(quoteForumIds(frame)).toBe(frame);
});
