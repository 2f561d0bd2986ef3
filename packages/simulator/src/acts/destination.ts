import type { Channel, DirectMessage, Friend, Group } from '../world/model.js';

/** Where a bot's message goes. */
export type Destination =
  | { readonly scene: 'channel'; readonly channel: Channel }
  | { readonly scene: 'dm'; readonly dm: DirectMessage }
  | { readonly scene: 'group'; readonly group: Group }
  | { readonly scene: 'c2c'; readonly friend: Friend };

/** Channel id, DM guild id, group openid or user openid. */
export function targetOf(to: Destination): string {
  switch (to.scene) {
    case 'channel':
      return to.channel.id;
    case 'dm':
      return to.dm.guildId;
    case 'group':
      return to.group.openid;
    case 'c2c':
      return to.friend.openid;
    default:
      return to satisfies never;
  }
}
