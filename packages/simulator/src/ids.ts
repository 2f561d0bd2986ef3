/**
 * Makes ids of the platform's shapes. They never repeat inside a simulator, and not between two simulators with
 * different salts, so that a shared duplicate window does not take a new run for an old one.
 */
export interface Ids {
  /** `xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx`. */
  uuid(): string;
  /** Id of a message in a channel or DM: `08…`. */
  guildMessage(): string;
  /** Id of a C2C or group message: `ROBOT1.0_…`. */
  robotMessage(): string;
  /** 32 upper-case hexadecimal digits. */
  openid(): string;
  /** Decimal id of a guild; its bits above 22 differ between neighbours, so that new guilds spread over shards. */
  guild(): string;
  /** Decimal id of a channel, role, schedule and the like. */
  number(): string;
  /** Short text id with a prefix: `B_…` for a thread, `st_…` for a strategy. */
  tagged(prefix: string): string;
}

/** @param salt - at least 16 hexadecimal digits */
export function createIds(salt: string): Ids {
  const head = `${salt.slice(0, 8)}-${salt.slice(8, 12)}-4${salt.slice(12, 15)}-8${salt.slice(13, 16)}-`;
  const short = salt.slice(0, 10);
  let count = 0;
  let guilds = 0n;
  const next = (): string => (++count).toString(16).padStart(12, '0');
  return {
    uuid: () => head + next(),
    guildMessage: () => `08${short}${next()}`,
    robotMessage: () => `ROBOT1.0_${short}.${next()}`,
    openid: () => (salt.slice(0, 20) + next()).toUpperCase(),
    guild: () => ((0x4000000000n + ++guilds) << 22n).toString(),
    number: () => String(7_100_000 + ++count),
    tagged: (prefix) => `${prefix}${short}${next()}`,
  };
}
