import type { KnownEventType } from '../dto/index.js';
import type { Scene } from '../message/index.js';

/** Where each kind of message comes from, and whether it comes because it mentions the bot. */
export const MESSAGE_EVENTS = Object.freeze({
  AT_MESSAGE_CREATE: { scene: 'channel', isAddressed: true },
  MESSAGE_CREATE: { scene: 'channel', isAddressed: false },
  DIRECT_MESSAGE_CREATE: { scene: 'dm', isAddressed: true },
  GROUP_AT_MESSAGE_CREATE: { scene: 'group', isAddressed: true },
  GROUP_MESSAGE_CREATE: { scene: 'group', isAddressed: false },
  C2C_MESSAGE_CREATE: { scene: 'c2c', isAddressed: true },
} as const satisfies Partial<Record<KnownEventType, { scene: Scene; isAddressed: boolean }>>);

/** Name of an event that is a message. */
export type MessageEventType = keyof typeof MESSAGE_EVENTS;

/** The scene of an event's answer; any where its name does not tell, as for INTERACTION_CREATE. */
export type SceneOf<Type extends KnownEventType> = Type extends MessageEventType
  ? (typeof MESSAGE_EVENTS)[Type]['scene']
  : Scene;

export function isMessageEvent(type: string): type is MessageEventType {
  return Object.hasOwn(MESSAGE_EVENTS, type);
}
