import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GUILD, OTHER_GUILD, openTour, PINE, refusal, TIMESTAMP, type Tour, WILLOW } from './tour.js';

let tour: Tour;
beforeEach(async () => {
  tour = await openTour();
});
afterEach(() => tour[Symbol.asyncDispose]());

describe('the way in', () => {
  it('names the gateway, and how many sessions may still be started', async () => {
    const { url } = await tour.api.gateway();
    expect(url).toBe(tour.sim.gatewayUrl);
    const ap = await tour.api.ws();
    expect(ap).toEqual({
      url,
      shards: 2,
      session_start_limit: { total: 1_000, remaining: 998, reset_after: 86_400_000, max_concurrency: 2 },
    });
  });

  it('keeps the HTTP sessions of old', async () => {
    const made = await tour.api.createSession({
      intents: 1,
      shards: [0, 1],
      callback_url: 'https://bot.example/callback',
    });
    expect(made).toMatchObject({ version: 1, shard: [0, 1], bot: { username: 'demo-bot' } });
    const listed = await tour.api.sessionList();
    expect(listed).toEqual([
      expect.objectContaining({
        app_id: 102000001,
        session_id: made.session_id,
        callback_url: 'https://bot.example/callback',
        intents: 1,
        state: 'ACTIVE',
        shards: [0, 1],
      }),
    ]);
    expect(await tour.api.checkSessions()).toEqual(listed);
    await tour.api.removeSession(made.session_id);
    expect(await tour.api.sessionList()).toEqual([]);
  });
});

describe('the bot itself', () => {
  it('reads who it is and where it is', async () => {
    expect(await tour.api.me()).toMatchObject({
      id: '3141592653589793238',
      username: 'demo-bot',
      bot: true,
      share_url: expect.stringMatching(/^http/),
      welcome_msg: '',
    });
    const first = await tour.api.meGuilds({ limit: 1 });
    expect(first.map(({ id }) => id)).toEqual([GUILD]);
    const second = await tour.api.meGuilds({ limit: 1, after: GUILD });
    expect(second.map(({ id }) => id)).toEqual([OTHER_GUILD]);
    const names: string[] = [];
    for await (const guild of tour.api.each.guilds({ limit: 1 })) names.push(guild.name);
    expect(names).toEqual(['Garden', 'Forest']);
  });

  it('makes a link whose value comes back with the friend', async () => {
    const { url } = await tour.api.generateURLLink({ callback_data: 'spring' });
    expect(new URL(url).searchParams.get('callback_data')).toBe('spring');
    tour.control.act({ act: 'add-friend', openid: 'NEW-FRIEND', sceneParam: 'spring' });
    expect(await tour.next('FRIEND_ADD')).toMatchObject({ openid: 'NEW-FRIEND', scene_param: 'spring' });
    expect(await refusal(tour.api.generateURLLink({ callback_data: 'x'.repeat(33) }))).toBe(10001);
  });
});

describe('a guild', () => {
  it('is read, with its setting for proactive messages', async () => {
    expect(await tour.api.guild(GUILD)).toEqual({
      id: GUILD,
      name: 'Garden',
      icon: expect.any(String),
      owner_id: WILLOW,
      owner: false,
      member_count: 3,
      max_members: expect.any(Number),
      description: expect.any(String),
      joined_at: expect.stringMatching(TIMESTAMP),
    });
    expect(await tour.api.getMessageSetting(GUILD)).toEqual({
      disable_create_dm: false,
      disable_push_msg: false,
      channel_ids: [],
      channel_push_max_num: 20,
    });
    expect(await refusal(tour.api.guild('1'))).toBe(11264);
  });

  it('grants what it was asked for, or has not yet', async () => {
    const path = '/guilds/{guild_id}/channels';
    tour.control.seed({
      guilds: [{ id: '5', ownerId: PINE, channels: [{ id: '51' }], deniedApis: [`GET ${path}`] }],
    });
    expect(await refusal(tour.api.channels('5'))).toBe(11264);
    const { apis } = await tour.api.getAPIPermissions('5');
    expect(apis).toContainEqual({ path, method: 'GET', desc: expect.any(String), auth_status: 0 });
    const demand = await tour.api.requireAPIPermissions('5', {
      channel_id: '51',
      api_identify: { path, method: 'GET' },
      desc: 'to list channels',
    });
    expect(demand).toEqual({
      guild_id: '5',
      channel_id: '51',
      api_identify: { path, method: 'GET' },
      title: expect.any(String),
      desc: 'to list channels',
    });
  });
});
