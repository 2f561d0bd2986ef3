import { expect, it } from 'vitest';
import {
  cursorQueryParams,
  guildMembersQueryParams,
  guildQueryParams,
  guildRoleMembersQueryParams,
  messageReactionQueryParams,
  messagesQueryParams,
} from './index.js';

it('writes what is set, and nothing else', () => {
  expect(guildMembersQueryParams({ after: '42', limit: 400 })).toEqual({ after: '42', limit: '400' });
  expect(guildMembersQueryParams({})).toEqual({});
  expect(guildRoleMembersQueryParams({ start_index: '0', limit: 1 })).toEqual({
    start_index: '0',
    limit: '1',
  });
  expect(messageReactionQueryParams({ cookie: '', limit: 50 })).toEqual({ limit: '50' });
  expect(messageReactionQueryParams({ cookie: 'a b' })).toEqual({ cookie: 'a b' });
  expect(cursorQueryParams({ cursor: 'c', limit: 20 })).toEqual({ cursor: 'c', limit: '20' });
});

it('pages messages around, before or after one', () => {
  expect(messagesQueryParams({ type: 'around', id: '08x', limit: 20 })).toEqual({
    around: '08x',
    limit: '20',
  });
  expect(messagesQueryParams({ type: 'before', id: '08x' })).toEqual({ before: '08x' });
  expect(messagesQueryParams({ id: '08x', limit: 5 })).toEqual({ limit: '5' });
});

it('sends one side of a list of guilds: before wins', () => {
  expect(guildQueryParams({ before: '1', after: '2', limit: 100 })).toEqual({ before: '1', limit: '100' });
  expect(guildQueryParams({ before: '', after: '2' })).toEqual({ after: '2' });
});
