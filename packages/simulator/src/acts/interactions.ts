import { beijingTime } from '../clock.js';
import { FieldError, type Fields, isObject } from '../json.js';
import type { Platform } from '../platform.js';
import type { ActResult } from './act-result.js';
import { botsOf } from './effects.js';
import { type InteractionScene, pressButton } from './press.js';
import { botOf, publish } from './say.js';

type Resolved = Readonly<Record<string, unknown>>;

interface Kind {
  readonly type: number;
  /** `data.type`. @defaultValue the same number */
  readonly dataType?: number;
  readonly scenes: readonly InteractionScene[];
  /** `data.name`. */
  name?(input: Fields): string;
  resolve(input: Fields, platform: Platform, scene: InteractionScene): Resolved;
}

/** What can be asked of a bot without words. Numbers and fields: objects.md 4. */
const KINDS = {
  click: {
    type: 11,
    scenes: ['channel', 'group', 'c2c'],
    resolve: (input, platform, scene) => {
      const data = pressButton(platform, input, scene);
      return {
        button_id: input.string('buttonId', ''),
        button_data: data ?? input.string('data', ''),
        ...optional(input, 'messageId', 'message_id'),
      };
    },
  },
  command: {
    type: 2,
    dataType: 12,
    scenes: ['channel'],
    name: (input) => input.id('name'),
    resolve: (input, { world }) => {
      const user = world.users.get(input.id('from'));
      return {
        request: input.string('request', ''),
        member_nick: input.string('nick', user?.username ?? ''),
      };
    },
  },
  menu: { type: 12, scenes: ['c2c'], resolve: (input) => ({ feature_id: input.id('featureId') }) },
  feedback: {
    type: 13,
    scenes: ['c2c', 'group'],
    resolve: (input, { world }) => {
      const message = world.messages.get(input.id('messageId'));
      if (message === undefined || message.appId === '') throw input.unknown('messageId', 'message of a bot');
      const bar = message.extra.action_button;
      return {
        message_id: message.id,
        feedback_opt: input.oneOf('opinion', ['LIKE', 'UNLIKE'], 'LIKE'),
        checked: input.boolean('checked', true) ? 1 : 0,
        button_data: isObject(bar) && typeof bar.callback_data === 'string' ? bar.callback_data : '',
        message_scene: { ext: [...input.strings('ext', [])] },
      };
    },
  },
  'clear-session': { type: 14, scenes: ['c2c'], resolve: () => ({}) },
  story: {
    type: 15,
    scenes: ['c2c'],
    resolve: (input) => ({ action: input.boolean('enters', true) ? 'ENTER_STORY' : 'QUIT_STORY' }),
  },
  'switch-model': { type: 16, scenes: ['c2c'], resolve: (input) => ({ action: input.id('model') }) },
  authorize: {
    type: 18,
    scenes: ['c2c', 'group'],
    resolve: (input, _platform, scene) => ({
      authorize_data: {
        opt_scene: input.oneOf('where', ['setting', 'dialog'], 'dialog'),
        scope: scene === 'c2c' ? 'c2c_push' : 'group_push',
      },
    }),
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type InteractionKind = keyof typeof KINDS;

const AUTHORIZE_GROUP = 19;
const CHAT_TYPES = { guild: 0, group: 1, c2c: 2 } as const;

/** Somebody presses a button, chooses from the menu, gives feedback …: the bot has to answer. */
export function interact(platform: Platform, input: Fields, name: InteractionKind): ActResult {
  const { ids, clock } = platform;
  const kind: Kind = KINDS[name];
  const scene = input.oneOf(
    'scene',
    ['channel', 'group', 'c2c'],
    kind.scenes.length === 1 ? kind.scenes[0] : undefined,
  );
  if (!kind.scenes.includes(scene))
    throw new FieldError(input.at('scene'), `must be ${kind.scenes.join(' or ')}`);
  const { there, place, clicker } = placeOf(platform, input, scene);
  const resolved = { ...kind.resolve(input, platform, scene), ...clicker };
  const id = input.id('id', ids.uuid());
  const bot = botOf(platform, input, there);
  const usual = name === 'authorize' && scene === 'group' ? AUTHORIZE_GROUP : kind.type;
  const type = input.int('type', usual);
  platform.interactions.add(id, bot.appId, clock.now());
  const wireScene = scene === 'channel' ? 'guild' : scene;
  const d = {
    id,
    application_id: bot.appId,
    type,
    version: 1,
    scene: wireScene,
    chat_type: CHAT_TYPES[wireScene],
    timestamp: beijingTime(clock.wall()),
    ...place,
    data: {
      ...(kind.name === undefined ? {} : { name: kind.name(input) }),
      type: kind.dataType ?? type,
      resolved,
    },
  };
  return { events: [publish(platform, 'INTERACTION_CREATE', d, [bot.appId])], interactionId: id };
}

/** The bots there, the fields that say where, and who did it. */
function placeOf(
  platform: Platform,
  input: Fields,
  scene: InteractionScene,
): { readonly there: ReadonlySet<string>; readonly place: Resolved; readonly clicker: Resolved } {
  const { world } = platform;
  const target = input.id('target');
  if (scene === 'channel') {
    const channel = world.channels.get(target);
    if (channel === undefined) throw input.unknown('target', 'channel');
    return {
      there: new Set(botsOf(platform, channel.guildId)),
      place: { guild_id: channel.guildId, channel_id: channel.id },
      clicker: { user_id: input.id('from') },
    };
  }
  if (scene === 'group') {
    const group = world.groups.get(target);
    if (group === undefined) throw input.unknown('target', 'group');
    return {
      there: new Set(group.bots.keys()),
      place: { group_openid: group.openid, group_member_openid: input.id('from') },
      clicker: {},
    };
  }
  if (world.userByOpenid(target) === undefined) throw input.unknown('target', 'user');
  return { there: new Set(world.bots.keys()), place: { user_openid: target }, clicker: {} };
}

function optional(input: Fields, key: string, wire: string): Resolved {
  const value = input.optionalString(key);
  return value === undefined ? {} : { [wire]: value };
}
