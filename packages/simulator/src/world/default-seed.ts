/**
 * The world of `npm run sim` without a seed file: one bot, two guilds that fall on different shards of 2, a group, a
 * C2C chat and a DM. Its values are in README.md, so that a bot's author can copy them.
 */
export const DEFAULT_SEED = {
  bots: [
    {
      appId: '102000001',
      secret: 'demo-secret',
      token: 'demo-token',
      id: '3141592653589793238',
      openid: '00112233445566778899AABBCCDDEEFF',
      username: 'demo-bot',
      shards: 2,
      maxConcurrency: 2,
    },
  ],
  users: [
    { id: '9007199254741001', openid: '0A1B2C3D4E5F60718293A4B5C6D7E8F9', username: 'pine' },
    { id: '9007199254741002', openid: '1B2C3D4E5F60718293A4B5C6D7E8F90A', username: 'willow' },
  ],
  guilds: [
    {
      id: '1152921504606846976',
      name: 'Garden',
      ownerId: '9007199254741002',
      members: [
        { userId: '9007199254741002', nick: 'willow', roles: ['1', '4'] },
        { userId: '9007199254741001', nick: 'pine', roles: ['1'] },
      ],
      channels: [
        { id: '7000101', name: 'general' },
        { id: '7000102', name: 'help' },
        { id: '7000103', name: 'talk', type: 2 },
        { id: '7000104', name: 'forum', type: 10007 },
      ],
    },
    {
      id: '1152921504611041280',
      name: 'Forest',
      ownerId: '9007199254741001',
      members: [
        { userId: '9007199254741001', nick: 'pine', roles: ['1', '4'] },
        { userId: '9007199254741002', nick: 'willow', roles: ['1'] },
      ],
      channels: [{ id: '7000201', name: 'general' }],
    },
  ],
  groups: [
    {
      openid: '5566778899AABBCCDDEEFF0011223344',
      name: 'Tea round',
      members: [
        { openid: 'F9E8D7C6B5A493827160F5E4D3C2B1A0', username: 'pine', role: 'owner' },
        { openid: 'E8D7C6B5A493827160F5E4D3C2B1A0F9', username: 'willow' },
      ],
    },
  ],
  dms: [
    {
      guildId: '1152921504606850000',
      channelId: '7000999',
      userId: '9007199254741001',
      sourceGuildId: '1152921504606846976',
    },
  ],
  friends: [{ openid: '0A1B2C3D4E5F60718293A4B5C6D7E8F9' }],
} as const;
