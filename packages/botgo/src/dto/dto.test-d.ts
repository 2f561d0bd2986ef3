import type {
  ActionType,
  C2CMessageToCreate,
  ChannelMessageToCreate,
  ChannelType,
  DispatchPayload,
  EventPayloads,
  EventType,
  GroupMessageToCreate,
  KnownEventType,
  Message,
  MessageToCreate,
  PanelScope,
} from './index.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function check<T extends true>(): T | undefined {
  return undefined;
}

// Every known event has a payload type, and there is none without an event.
check<Equal<keyof EventPayloads, KnownEventType>>();

// The platform adds values: unknown ones type-check, and what is of another kind does not.
const types: ChannelType[] = [0, 10007, 424242];
const scopes: PanelScope[] = ['c2c', 'moon'];
const events: EventType[] = ['READY', 'SOMETHING_NEW'];
// @ts-expect-error a channel type is a number
const wrongType: ChannelType = 'text';
// @ts-expect-error an action type is a number
const wrongAction: ActionType = null;

// Checking `t` tells the type of `d`.
function author(frame: DispatchPayload): string | undefined {
  if (frame.t === 'C2C_MESSAGE_CREATE') return frame.d.author.user_openid;
  if (frame.t === 'GROUP_AT_MESSAGE_CREATE') return frame.d.author.member_openid;
  if (frame.t === 'AT_MESSAGE_CREATE') return frame.d.author.id;
  return undefined;
}

// What only C2C has is no field of a group's message, and a field must not be set to undefined.
const c2c: C2CMessageToCreate = { msg_type: 6, input_notify: { input_type: 1, input_second: 60 } };
// @ts-expect-error groups have no input notification
const group: GroupMessageToCreate = { msg_type: 6, input_notify: { input_type: 1 } };
// @ts-expect-error a message to a user or a group says its type
const untyped: C2CMessageToCreate = { content: 'hi' };
// @ts-expect-error an optional field is left out, not undefined
const holed: ChannelMessageToCreate = { content: undefined };
// @ts-expect-error a message always has an author
const anonymous: Message = { id: '1', channel_id: '2', guild_id: '3', timestamp: '' };

// BotGo's one body takes every field, and goes where a channel's goes.
const anywhere: MessageToCreate = {
  content: 'hi',
  msg_type: 0,
  msg_seq: 1,
  image: 'https://img.example/a.png',
};
const channel: ChannelMessageToCreate = anywhere;

export {
  anonymous,
  author,
  c2c,
  channel,
  events,
  group,
  holed,
  scopes,
  types,
  untyped,
  wrongAction,
  wrongType,
};
