import { describe, expect, it } from 'vitest';
import { eventTypes } from '../dto/index.js';
import { type ReplyTarget, replyTarget } from './scene.js';

const ID = 'outer-id';

/** `events.md` section 3, and the four scenes' messages. */
const CASES: [string, object, ReplyTarget][] = [
  [
    'AT_MESSAGE_CREATE',
    { id: 'm', channel_id: 'c', guild_id: 'g' },
    { scene: 'channel', id: 'c', messageId: 'm' },
  ],
  [
    'MESSAGE_CREATE',
    { id: 'm', channel_id: 'c', guild_id: 'g' },
    { scene: 'channel', id: 'c', messageId: 'm' },
  ],
  [
    'DIRECT_MESSAGE_CREATE',
    { id: 'm', channel_id: 'c', guild_id: 'g' },
    { scene: 'dm', id: 'g', messageId: 'm' },
  ],
  ['GROUP_AT_MESSAGE_CREATE', { id: 'm', group_openid: 'G' }, { scene: 'group', id: 'G', messageId: 'm' }],
  ['GROUP_MESSAGE_CREATE', { id: 'm', group_openid: 'G' }, { scene: 'group', id: 'G', messageId: 'm' }],
  [
    'C2C_MESSAGE_CREATE',
    { id: 'm', author: { user_openid: 'U' } },
    { scene: 'c2c', id: 'U', messageId: 'm' },
  ],
  ['INTERACTION_CREATE', { id: 'i', user_openid: 'U' }, { scene: 'c2c', id: 'U', eventId: ID }],
  ['INTERACTION_CREATE', { id: 'i', group_openid: 'G' }, { scene: 'group', id: 'G', eventId: ID }],
  [
    'INTERACTION_CREATE',
    { id: 'i', scene: 'guild', channel_id: 'c' },
    { scene: 'channel', id: 'c', eventId: ID },
  ],
  ['C2C_MSG_RECEIVE', { openid: 'U' }, { scene: 'c2c', id: 'U', eventId: ID }],
  ['FRIEND_ADD', { openid: 'U' }, { scene: 'c2c', id: 'U', eventId: ID }],
  ['GROUP_ADD_ROBOT', { group_openid: 'G' }, { scene: 'group', id: 'G', eventId: ID }],
  ['GROUP_MSG_RECEIVE', { group_openid: 'G' }, { scene: 'group', id: 'G', eventId: ID }],
  ['GROUP_MEMBER_ADD', { group_openid: 'G' }, { scene: 'group', id: 'G', eventId: ID }],
  ...['ADD', 'UPDATE', 'REMOVE'].map((what): [string, object, ReplyTarget] => [
    `GUILD_MEMBER_${what}`,
    { guild_id: 'g' },
    { scene: 'channel', id: undefined, eventId: ID },
  ]),
  ...[
    'MESSAGE_REACTION_ADD',
    'MESSAGE_REACTION_REMOVE',
    'FORUM_THREAD_CREATE',
    'FORUM_THREAD_UPDATE',
    'FORUM_THREAD_DELETE',
    'FORUM_POST_CREATE',
    'FORUM_POST_DELETE',
    'FORUM_REPLY_CREATE',
    'FORUM_REPLY_DELETE',
  ].map((t): [string, object, ReplyTarget] => [
    t,
    { guild_id: 'g', channel_id: 'c' },
    { scene: 'channel', id: 'c', eventId: ID },
  ]),
];

describe('where an answer goes', () => {
  it.each(CASES)('%s %j', (t, d, target) => {
    expect(replyTarget({ t, id: ID, d })).toEqual(target);
  });

  const answerable = new Set(CASES.map(([t]) => t));
  it.each(eventTypes.filter((t) => !answerable.has(t)))('%s takes no answer', (t) => {
    const d = { id: 'x', channel_id: 'c', group_openid: 'G', openid: 'U', author: { user_openid: 'U' } };
    expect(replyTarget({ t, id: ID, d })).toBeUndefined();
  });

  it.each(['', 'NEW_EVENT_OF_2030', '__proto__', 'toString'])('nor does %j', (t) => {
    expect(replyTarget({ t, id: ID, d: {} })).toBeUndefined();
  });

  it('content that is no object, or an interaction of nowhere, has no target', () => {
    expect(replyTarget({ t: 'FRIEND_ADD', id: ID, d: null })).toBeUndefined();
    expect(replyTarget({ t: 'FRIEND_ADD', id: ID, d: 'x' })).toBeUndefined();
    expect(replyTarget({ t: 'INTERACTION_CREATE', id: ID, d: {} })).toBeUndefined();
    expect(replyTarget({ t: 'C2C_MESSAGE_CREATE', id: ID, d: {} })?.id).toBeUndefined();
  });
});
