import { describe, expect, it } from 'vitest';
import { ChannelPermission, formatPermissions, hasPermission, parsePermissions } from './index.js';

describe('permission masks', () => {
  it.each([
    ['0', 0n],
    ['28671', 0x6fffn],
    ['18446744073709551615', (1n << 64n) - 1n],
  ])('%s is read', (text, mask) => {
    expect(parsePermissions(text)).toBe(mask);
    expect(formatPermissions(mask)).toBe(text);
  });

  it.each(['', '-1', '0x4', '1.5', ' 1', '18446744073709551616', '999999999999999999999'])(
    '%j is no mask',
    (text) => {
      expect(parsePermissions(text)).toBeUndefined();
      expect(hasPermission(text, ChannelPermission.View)).toBe(false);
    },
  );

  it('hold bits', () => {
    const mask = formatPermissions(ChannelPermission.View, ChannelPermission.Speak);
    expect(mask).toBe('5');
    expect(hasPermission(mask, ChannelPermission.Speak)).toBe(true);
    expect(hasPermission(mask, ChannelPermission.Speak | ChannelPermission.Manage)).toBe(false);
    expect(formatPermissions()).toBe('0');
  });
});
