/** Bits of a channel permission mask. */
export const ChannelPermission = {
  /** 可查看 */
  View: 1n << 0n,
  /** 可管理; cannot be changed through the API. */
  Manage: 1n << 1n,
  /** 可发言 */
  Speak: 1n << 2n,
  /** 可直播, live channels only. */
  Live: 1n << 3n,
} as const;

/** Permissions of a user or of a role in a channel. What a user may do is the OR of the personal and the role's bits. */
export interface ChannelPermissions {
  channel_id: string;
  /** In answers about a user. */
  user_id?: string;
  /** In answers about a role. */
  role_id?: string;
  /** Bit mask, a decimal number as a string: 0x6FFF is `"28671"`. */
  permissions: string;
}

/** Permissions of a role in a channel, as BotGo names the answer. */
export interface ChannelRolesPermissions extends ChannelPermissions {
  role_id: string;
}

/** Body of changing channel permissions. A bit in both fields is removed. */
export interface UpdateChannelPermissions {
  /** Unsigned 64-bit decimal number as a string. */
  add?: string;
  /** Unsigned 64-bit decimal number as a string. */
  remove?: string;
}

const maxMask = (1n << 64n) - 1n;

/** Reads a permission mask; undefined when the text is not an unsigned 64-bit decimal number. */
export function parsePermissions(text: string): bigint | undefined {
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const mask = BigInt(text);
  return mask <= maxMask ? mask : undefined;
}

/** Writes permission bits the way the platform wants them. */
export function formatPermissions(...bits: readonly bigint[]): string {
  return bits.reduce((mask, bit) => mask | bit, 0n).toString();
}

/** Whether a mask has all the bits; false when the text is not a mask. */
export function hasPermission(permissions: string, bits: bigint): boolean {
  const mask = parsePermissions(permissions);
  return mask !== undefined && (mask & bits) === bits;
}
