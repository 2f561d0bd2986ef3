import { describe, expect, it, vi } from 'vitest';
import { eventToIntent, eventTypes, Intent, type KnownEventType } from '../dto/index.js';
import { ConfigError } from '../errs/index.js';
import {
  createHandlers,
  type EventHandlers,
  type EventRun,
  eventRun,
  HANDLER_EVENTS,
  type HandlerKind,
  parseAndHandle,
} from './index.js';

const kinds = Object.keys(HANDLER_EVENTS) as HandlerKind[];

/** BotGo's registration functions and the mask each adds (its `event/register.go`). */
const BOTGO_INTENTS = {
  ready: 0,
  errorNotify: 0,
  plain: 0,
  guild: Intent.Guilds,
  guildMember: Intent.GuildMembers,
  channel: Intent.Guilds,
  message: Intent.GuildMessages,
  messageDelete: Intent.GuildMessages,
  publicMessageDelete: Intent.GuildAtMessage,
  directMessageDelete: Intent.DirectMessages,
  messageReaction: Intent.GuildMessageReactions,
  atMessage: Intent.GuildAtMessage,
  directMessage: Intent.DirectMessages,
  audio: Intent.Audio,
  messageAudit: Intent.MessageAudit,
  thread: Intent.Forum,
  post: Intent.Forum,
  reply: Intent.Forum,
  forumAudit: Intent.Forum,
  interaction: Intent.Interaction,
  groupATMessage: Intent.GroupMessages,
  c2cMessage: Intent.GroupMessages,
  c2cFriend: Intent.GroupMessages,
  subscribeMsgStatus: Intent.GroupMessages,
  enterAIO: Intent.EnterAIO,
} satisfies { [Kind in keyof EventHandlers]?: number };

describe('handlers by name', () => {
  it.each(Object.entries(BOTGO_INTENTS))('%s asks for the intents BotGo asks for', (kind, intents) => {
    expect(createHandlers({ [kind]: () => {} }).intents).toBe(intents);
  });

  it('every event of the platform has exactly one handler name', () => {
    const covered = kinds.flatMap((kind): KnownEventType[] => [...HANDLER_EVENTS[kind]]);
    expect(covered.toSorted()).toEqual(eventTypes.toSorted());
  });

  it.each(kinds)('%s gets each of its events with the content beside it', (kind) => {
    const handler = vi.fn();
    const table = createHandlers({ [kind]: handler });
    for (const t of HANDLER_EVENTS[kind]) {
      const event = { t, id: `${t}:1`, s: 1, d: { of: t } };
      expect(table.wants(t)).toBe(true);
      table.handle(event);
      expect(handler).toHaveBeenLastCalledWith(event, event.d, expect.anything());
    }
    expect(handler).toHaveBeenCalledTimes(HANDLER_EVENTS[kind].length);
    expect(table.intents).toBe(eventToIntent(...HANDLER_EVENTS[kind]));
  });

  it('adds the masks of several handlers, and what is asked for beside them', () => {
    const table = createHandlers({ atMessage() {}, interaction() {} }, { intents: Intent.EnterAIO });
    expect(table.intents).toBe(Intent.GuildAtMessage | Intent.Interaction | Intent.EnterAIO);
  });

  it('an event without a handler does nothing, whatever its name', () => {
    const table = createHandlers({ atMessage: () => 'at' });
    for (const t of ['NEW_EVENT_OF_2030', '__proto__', 'constructor', '', 'GUILD_CREATE']) {
      expect(table.wants(t)).toBe(false);
      expect(table.handle({ t, d: {} })).toBeUndefined();
    }
  });

  it('returns what the handler returned, a promise only when it gave one', async () => {
    const table = createHandlers({ atMessage: () => 'now', directMessage: async () => 'later' });
    expect(table.handle({ t: 'AT_MESSAGE_CREATE', d: {} })).toBe('now');
    await expect(table.handle({ t: 'DIRECT_MESSAGE_CREATE', d: {} })).resolves.toBe('later');
  });
});

describe('plain', () => {
  it('gets known events that have no handler of their own, and unknown ones', () => {
    const plain = vi.fn();
    const atMessage = vi.fn();
    const table = createHandlers({ plain, atMessage });
    for (const t of ['GUILD_CREATE', 'RESUMED', 'NEW_EVENT_OF_2030', 'AT_MESSAGE_CREATE']) {
      expect(table.wants(t)).toBe(true);
      table.handle({ t, d: { t } });
    }
    expect(plain.mock.calls.map(([event, data]) => [event.t, data])).toEqual([
      ['GUILD_CREATE', { t: 'GUILD_CREATE' }],
      ['RESUMED', { t: 'RESUMED' }],
      ['NEW_EVENT_OF_2030', { t: 'NEW_EVENT_OF_2030' }],
    ]);
    expect(atMessage).toHaveBeenCalledOnce();
  });
});

describe('a table of its own', () => {
  it('two tables share no handler', () => {
    const one = createHandlers({ atMessage: () => 'one' });
    const two = createHandlers({ atMessage: () => 'two' });
    const event = { t: 'AT_MESSAGE_CREATE', d: {} };
    expect([one.handle(event), two.handle(event)]).toEqual(['one', 'two']);
  });

  it('a later handler of the same name replaces the earlier one', () => {
    const table = createHandlers({ atMessage: () => 'first' });
    table.add({ atMessage: () => 'second' });
    expect(table.handle({ t: 'AT_MESSAGE_CREATE', d: {} })).toBe('second');
  });

  it('gives each handler the run of its event, of whatever name it is registered', () => {
    const runs: unknown[] = [];
    const table = createHandlers({
      atMessage: (_event, _data, run) => runs.push(run),
      plain: (_event, _data, run) => runs.push(run),
    });
    table.register('GUILD_CREATE', (_event, _data, run) => runs.push(run));
    const run = eventRun({ signal: new AbortController().signal, lost: () => 'another has it' });
    for (const t of ['AT_MESSAGE_CREATE', 'GUILD_CREATE', 'OTHER']) table.handle({ t, d: {} }, run);
    expect(runs).toEqual([run, run, run]);
    expect(run.guard()).toBe('another has it');
  });

  it('gives a handler that is called by hand a run that nobody ends', () => {
    const runs: EventRun[] = [];
    const table = createHandlers({ atMessage: (_event, _data, run) => runs.push(run) });
    parseAndHandle({ op: 0, t: 'AT_MESSAGE_CREATE', d: {} }, table);
    expect(runs.map(({ signal, guard }) => [signal.aborted, guard()])).toEqual([[false, undefined]]);
  });

  it('tells errorNotify, and nobody when there is none', () => {
    const errorNotify = vi.fn();
    const error = new Error('closed');
    createHandlers({ errorNotify }).notifyError(error);
    createHandlers({}).notifyError(error);
    expect(errorNotify).toHaveBeenCalledExactlyOnceWith(error);
  });
});

describe('registration for one event name', () => {
  it('takes an event the SDK does not know, with the intents that are given', () => {
    const table = createHandlers({});
    const handler = vi.fn();
    expect(table.isEmpty).toBe(true);
    expect(table.register('NEW_EVENT_OF_2030', handler, 1 << 20)).toBe(1 << 20);
    table.handle({ t: 'NEW_EVENT_OF_2030', d: 7 });
    expect(handler).toHaveBeenCalledWith({ t: 'NEW_EVENT_OF_2030', d: 7 }, 7, expect.anything());
    expect(table.intents).toBe(1 << 20);
    expect(table.isEmpty).toBe(false);
  });

  it('replaces the typed handler and asks for the known intent', () => {
    const table = createHandlers({ interaction: () => 'typed' });
    table.register('INTERACTION_CREATE', () => 'registered');
    expect(table.handle({ t: 'INTERACTION_CREATE', d: {} })).toBe('registered');
    expect(table.intents).toBe(Intent.Interaction);
  });
});

describe('mistakes', () => {
  it.each([
    ['an unknown name', { atMesage: () => {} }],
    ['a name of Object.prototype', { toString: () => {} }],
    ['a value that is no function', { atMessage: 'hello' }],
    ['null', { plain: null }],
  ])('%s is refused, and nothing is added', (_case, handlers) => {
    const table = createHandlers({});
    expect(() => table.add({ message() {}, ...handlers } as EventHandlers)).toThrow(ConfigError);
    expect(table.isEmpty).toBe(true);
    expect(table.intents).toBe(0);
  });

  it('an absent handler is no mistake', () => {
    expect(createHandlers({ atMessage: undefined }).isEmpty).toBe(true);
  });

  it.each([
    ['', () => {}],
    ['X', undefined],
  ])('register(%j, …) is refused', (type, handler) => {
    expect(() => createHandlers({}).register(type, handler as () => void)).toThrow(ConfigError);
  });
});
