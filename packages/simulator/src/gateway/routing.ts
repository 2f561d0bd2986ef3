/**
 * Shard of a guild: `(guild_id >> 22) % count` on the unsigned 64-bit id. Source: gateway.md 10.
 * An id that is no decimal number, which only a seed can contain, is hashed like an openid.
 */
export function shardOfGuild(guildId: string, count: number): number {
  if (!/^\d{1,20}$/.test(guildId)) return shardOfText(guildId, count);
  return Number((BigInt.asUintN(64, BigInt(guildId)) >> 22n) % BigInt(count));
}

/** FNV-1a over the UTF-16 code units: stable over runs, processes and machines. */
export function shardOfText(text: string, count: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash % count;
}
