import { beijingTime } from '../clock.js';
import type { Platform } from '../platform.js';
import type { Bot, Message } from '../world/model.js';
import { type Destination, targetOf } from './destination.js';

/**
 * Holds a message back for its audit: after `auditMs` it is sent and MESSAGE_AUDIT_PASS goes out, or it is dropped and
 * MESSAGE_AUDIT_REJECT does. Returns the audit's id.
 */
export function auditLater(platform: Platform, bot: Bot, to: Destination, deliver: () => Message): string {
  const auditId = platform.ids.uuid();
  const createdAtMs = platform.clock.wall();
  platform.clock.after(platform.switches.auditMs, () => {
    const passes = platform.switches.auditResult === 'pass';
    const message = passes ? deliver() : undefined;
    platform.publish({
      t: passes ? 'MESSAGE_AUDIT_PASS' : 'MESSAGE_AUDIT_REJECT',
      appIds: [bot.appId],
      d: {
        audit_id: auditId,
        ...(message === undefined ? {} : { message_id: message.id }),
        ...placeOf(to),
        audit_time: beijingTime(platform.clock.wall()),
        create_time: beijingTime(createdAtMs),
        ...(message === undefined || message.seq === 0 ? {} : { seq_in_channel: String(message.seq) }),
      },
    });
  });
  return auditId;
}

function placeOf(to: Destination): Record<string, string> {
  switch (to.scene) {
    case 'channel':
      return { guild_id: to.channel.guildId, channel_id: to.channel.id };
    case 'dm':
      return { guild_id: to.dm.guildId, channel_id: to.dm.channelId };
    case 'group':
      return { group_openid: targetOf(to) };
    case 'c2c':
      return { user_openid: targetOf(to) };
    default:
      return to satisfies never;
  }
}
