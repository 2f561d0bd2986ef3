import { DefaultRoleID, rgbColor } from 'botgo/dto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOT, CHANNEL, GUILD, openTour, PINE, refusal, TIMESTAMP, type Tour, WILLOW } from './tour.js';

let tour: Tour;
beforeEach(async () => {
  tour = await openTour();
});
afterEach(() => tour[Symbol.asyncDispose]());

const speak = () => tour.control.say({ scene: 'channel', target: CHANNEL, from: PINE, content: 'hello' });

describe('members', () => {
  it('are listed page by page, and each once by the loop', async () => {
    const first = await tour.api.guildMembers(GUILD, { after: '0', limit: 1 });
    expect(first.map(({ user }) => user?.id)).toEqual([WILLOW]);
    const second = await tour.api.guildMembers(GUILD, { after: WILLOW, limit: 1 });
    expect(second).toMatchObject([
      { user: { id: PINE, username: 'pine', bot: false }, nick: 'pine', roles: ['1'] },
    ]);
    expect(await tour.api.guildMembers(GUILD, { after: PINE, limit: 1 })).toEqual([]);
    const ids: (string | undefined)[] = [];
    for await (const { user } of tour.api.each.guildMembers(GUILD, { limit: 1 })) ids.push(user?.id);
    expect(ids).toEqual([WILLOW, PINE]);
  });

  it('are read one by one, with what is only there', async () => {
    expect(await tour.api.guildMember(GUILD, PINE)).toEqual({
      user: {
        id: PINE,
        username: 'pine',
        avatar: expect.any(String),
        bot: false,
        union_openid: '',
        union_user_account: '',
      },
      nick: 'pine',
      roles: ['1'],
      joined_at: expect.stringMatching(TIMESTAMP),
    });
  });

  it('are removed, but for administrators', async () => {
    await tour.api.deleteGuildMember(GUILD, PINE, { add_blacklist: true, delete_history_msg_days: 3 });
    expect(await tour.next('GUILD_MEMBER_REMOVE')).toMatchObject({
      guild_id: GUILD,
      user: { id: PINE },
      op_user_id: BOT,
    });
    expect(await refusal(tour.api.guildMember(GUILD, PINE))).toBe(10001);
    await expect(tour.api.deleteGuildMember(GUILD, WILLOW)).rejects.toMatchObject({ status: 403 });
  });

  it('are muted one by one, several at once, or all', async () => {
    await tour.api.memberMute(GUILD, PINE, { mute_seconds: '10' });
    expect(speak).toThrow('is muted');
    await tour.api.memberMute(GUILD, PINE, { mute_seconds: '0' });
    speak();
    const several = await tour.api.multiMemberMute(GUILD, {
      mute_end_timestamp: String(tour.clock.wall() / 1_000 + 10),
      user_ids: [PINE, 'nobody'],
    });
    expect(several).toEqual({ user_ids: [PINE] });
    expect(speak).toThrow('is muted');
    tour.clock.advance(10_000);
    speak();
    await tour.api.guildMute(GUILD, { mute_seconds: '10' });
    expect(speak).toThrow('is muted');
    tour.clock.advance(10_000);
    speak();
  });
});

describe('roles', () => {
  it('are made, changed without a word too many, and deleted', async () => {
    const color = rgbColor(200, 30, 60);
    const made = await tour.api.postRole(GUILD, { name: 'gardener', color, hoist: 1 });
    expect(made).toMatchObject({
      guild_id: GUILD,
      role: { id: made.role_id, name: 'gardener', color, hoist: 1 },
    });
    const renamed = await tour.api.patchRole(GUILD, made.role_id, { name: 'head gardener' });
    expect(renamed.role).toMatchObject({ name: 'head gardener', color, hoist: 1 });
    const { guild_id, roles, role_num_limit } = await tour.api.roles(GUILD);
    expect(guild_id).toBe(GUILD);
    expect(Number(role_num_limit)).toBeGreaterThan(roles.length);
    expect(roles.find(({ id }) => id === made.role_id)).toEqual({
      id: made.role_id,
      name: 'head gardener',
      color,
      hoist: 1,
      number: 0,
      member_limit: expect.any(Number),
    });
    await tour.api.deleteRole(GUILD, made.role_id);
    expect((await tour.api.roles(GUILD)).roles.map(({ id }) => id)).not.toContain(made.role_id);
  });

  it('are given to members and taken from them', async () => {
    const { role_id } = await tour.api.postRole(GUILD, { name: 'gardener' });
    await tour.api.memberAddRole(GUILD, role_id, PINE);
    expect((await tour.api.guildMember(GUILD, PINE)).roles).toContain(role_id);
    expect(await tour.next('GUILD_MEMBER_UPDATE')).toMatchObject({ user: { id: PINE }, op_user_id: BOT });
    const { data, next } = await tour.api.guildRoleMembers(GUILD, role_id, { start_index: '0', limit: 10 });
    expect(data.map(({ user }) => user?.id)).toEqual([PINE]);
    expect(next).toBe('1');
    const ids: (string | undefined)[] = [];
    for await (const { user } of tour.api.each.guildRoleMembers(GUILD, role_id)) ids.push(user?.id);
    expect(ids).toEqual([PINE]);
    await tour.api.memberDeleteRole(GUILD, role_id, PINE);
    expect((await tour.api.guildMember(GUILD, PINE)).roles).not.toContain(role_id);
    const channel = { channel: { id: CHANNEL } };
    await tour.api.memberAddRole(GUILD, DefaultRoleID.ChannelManager, PINE, channel);
    expect((await tour.api.guildMember(GUILD, PINE)).roles).toContain(DefaultRoleID.ChannelManager);
    await tour.api.memberDeleteRole(GUILD, DefaultRoleID.ChannelManager, PINE, channel);
    await expect(tour.api.memberAddRole(GUILD, DefaultRoleID.ChannelManager, PINE)).rejects.toMatchObject({
      status: 400,
    });
  });
});
