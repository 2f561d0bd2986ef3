/** The bot of a run. */
export const APP_ID = '102000001';
export const SECRET = 'chaos-secret';

/** Everything that a load run draws from: guilds, members, reactions, DMs, interactions, groups and C2C, guild messages. */
export const INTENTS = (1 << 0) | (1 << 1) | (1 << 10) | (1 << 12) | (1 << 25) | (1 << 26) | (1 << 30);

const MIN_PLACES = 16;
const FIRST_GUILD = 1n << 40n;

/** A world with something to happen on every shard, and with enough conversations that 20 ms for each event are no queue. */
export function worldFor(shards: number, maxConcurrency: number): Record<string, unknown> {
  const places = Math.max(MIN_PLACES, 2 * shards);
  const list = <T>(make: (index: number) => T): T[] =>
    Array.from({ length: places }, (_, index) => make(index));
  const userId = (index: number): string => `${9_000_000 + index}`;
  const openid = (kind: string, index: number): string =>
    `${kind}${index.toString(16).toUpperCase()}`.padStart(32, '0');
  // The shard of a guild is in its id from bit 22 on.
  const guildId = (index: number): string => `${FIRST_GUILD + (BigInt(index) << 22n)}`;
  return {
    bots: [
      {
        appId: APP_ID,
        secret: SECRET,
        shards,
        maxConcurrency,
        sessionTotal: 100_000,
      },
    ],
    users: list((index) => ({ id: userId(index), openid: openid('A', index), username: `user ${index}` })),
    guilds: list((index) => ({
      id: guildId(index),
      ownerId: userId(index),
      members: [{ userId: userId(index) }],
      channels: [{ id: `${5_000_000 + index}` }, { id: `${6_000_000 + index}` }],
    })),
    groups: list((index) => ({
      openid: openid('C', index),
      members: [{ openid: openid('D', index), role: 'owner' }],
    })),
    dms: list((index) => ({
      guildId: `${7_000_000 + index}`,
      channelId: `${8_000_000 + index}`,
      userId: userId(index),
      sourceGuildId: guildId(index),
    })),
    friends: list((index) => ({ openid: openid('A', index) })),
  };
}
