import { describe, expect, it } from 'vitest';
import { type ManualClock, manualClock } from '../../src/clock/index.js';
import { isBotgoError } from '../../src/errs/index.js';
import type { IncomingEvent } from '../../src/event/index.js';
import { memoryReplyStore, type PendingMessage, Replier, type ReplyStore } from '../../src/message/index.js';
import { isPendingAudit } from '../../src/openapi/index.js';
import { recordedSender } from '../support/recorded-sender.js';

const question: IncomingEvent = {
  t: 'AT_MESSAGE_CREATE',
  id: 'E',
  d: { id: 'M', channel_id: 'C', guild_id: 'G' },
};
const ended = (t: 'MESSAGE_AUDIT_PASS' | 'MESSAGE_AUDIT_REJECT', audit_id = 'A'): IncomingEvent => ({
  t,
  id: 'X',
  d: { audit_id, message_id: t === 'MESSAGE_AUDIT_PASS' ? 'sent' : undefined, audit_time: '' },
});

function setup({
  audits = true,
  clock = manualClock(),
  store,
  onSend = () => {},
}: {
  audits?: boolean;
  clock?: ManualClock;
  store?: ReplyStore;
  onSend?: (replier: Replier) => void;
} = {}) {
  const { sender } = recordedSender(() => {
    onSend(replier);
    return { pending: true, auditId: 'A', platformCode: 304024, traceId: 'T' };
  });
  const replier = new Replier(sender, { clock, store, appId: '102' });
  if (audits) replier.expectAudits();
  const send = async (): Promise<PendingMessage> => {
    const result = await replier.reply(question, 'x');
    if (!isPendingAudit(result)) throw new Error('not pending');
    return result;
  };
  return { clock, replier, send };
}

describe('a message that waits for its audit', () => {
  it('is settled by the event that comes after the answer', async () => {
    const { replier, send } = setup();
    const pending = await send();
    expect(pending).toMatchObject({ pending: true, auditId: 'A', platformCode: 304024, traceId: 'T' });
    const settled = pending.settled();
    replier.note(ended('MESSAGE_AUDIT_PASS', 'another'));
    replier.note(ended('MESSAGE_AUDIT_PASS'));
    expect(await settled).toMatchObject({ message_id: 'sent' });
    expect(await pending.settled()).toMatchObject({ message_id: 'sent' });
  });

  it.each(['MESSAGE_AUDIT_PASS', 'MESSAGE_AUDIT_REJECT'] as const)(
    'is settled by a %s that comes before the answer',
    async (t) => {
      const { send } = setup({ onSend: (replier) => replier.note(ended(t)) });
      const settled = (await send()).settled();
      if (t === 'MESSAGE_AUDIT_PASS') expect(await settled).toMatchObject({ message_id: 'sent' });
      else await expect(settled).rejects.toMatchObject({ reason: 'audit-rejected' });
    },
  );

  it('is settled for everybody who asks', async () => {
    const { replier, send } = setup();
    const pending = await send();
    const all = [pending.settled(), pending.settled()].map((settled) =>
      settled.catch((error) => error.reason),
    );
    replier.note(ended('MESSAGE_AUDIT_REJECT'));
    expect(await Promise.all(all)).toEqual(['audit-rejected', 'audit-rejected']);
  });

  it('is not waited for without end, nor after an abort', async () => {
    const { clock, send } = setup();
    const pending = await send();
    const late = pending.settled({ timeoutMs: 1_000 }).catch((error) => error);
    await clock.advance(1_000);
    expect(await late).toSatisfy((error) => isBotgoError(error, 'BOTGO_TIMEOUT'));
    const abort = new AbortController();
    const aborted = pending.settled({ signal: abort.signal }).catch((error) => error);
    abort.abort();
    expect(await aborted).toSatisfy((error) => isBotgoError(error, 'BOTGO_ABORTED'));
    expect(clock.pending).toBe(0);
  });

  it('says so when nobody listens to the events', async () => {
    const { replier, send } = setup({ audits: false });
    const pending = await send();
    await expect(pending.settled()).rejects.toSatisfy((error) => isBotgoError(error, 'BOTGO_CONFIG'));
    replier.note(ended('MESSAGE_AUDIT_PASS', 'another'));
    const settled = pending.settled();
    replier.note(ended('MESSAGE_AUDIT_PASS'));
    expect(await settled).toMatchObject({ audit_id: 'A' });
  });

  it('takes malformed events for nothing', async () => {
    const { replier } = setup();
    for (const d of [undefined, null, 3, {}, { audit_id: 7 }])
      expect(() => replier.note({ t: 'MESSAGE_AUDIT_PASS', d })).not.toThrow();
  });
});

describe('an audit whose event comes to another process', () => {
  /** A store that processes share, with what was left in it. */
  function sharedStore(clock: ManualClock) {
    const notes = new Map<string, string>();
    const kept: number[] = [];
    const memory = memoryReplyStore({ clock });
    const store: ReplyStore = {
      claim: (budgets) => memory.claim(budgets),
      release: (keys) => memory.release(keys),
      exhaust: (budget) => memory.exhaust(budget),
      read: (key) => memory.read(key),
      async remember(key, text, keepMs) {
        notes.set(key, text);
        kept.push(keepMs);
      },
      recall: async (key) => notes.get(key),
    };
    return { store, notes, kept };
  }

  it.each(['before', 'while'])(
    'settles the message through the shared store, %s somebody waits',
    async (when) => {
      const clock = manualClock();
      const { store, kept } = sharedStore(clock);
      const sending = setup({ clock, store });
      const hearing = setup({ clock, store });
      const pending = await sending.send();
      if (when === 'before') hearing.replier.note(ended('MESSAGE_AUDIT_PASS'));
      const settled = pending.settled();
      await clock.advance(0);
      if (when === 'while') hearing.replier.note(ended('MESSAGE_AUDIT_PASS'));
      await clock.advance(1_000);
      expect(await settled).toMatchObject({ audit_id: 'A', message_id: 'sent' });
      expect(kept).toEqual([600_000]);
      expect(clock.pending).toBe(0);
    },
  );

  it('tells of a rejection too', async () => {
    const clock = manualClock();
    const { store } = sharedStore(clock);
    setup({ clock, store }).replier.note(ended('MESSAGE_AUDIT_REJECT'));
    const pending = await setup({ clock, store }).send();
    await expect(pending.settled()).rejects.toMatchObject({ reason: 'audit-rejected' });
  });

  it.each(['', 'null', '{"passed":1,"data":{}}', '{"v":2}', 'not JSON'])(
    'goes on waiting when it cannot read what was left: %j',
    async (text) => {
      const clock = manualClock();
      const { store, notes } = sharedStore(clock);
      const { send, replier } = setup({ clock, store });
      const settled = (await send()).settled();
      notes.set('102 audit A', text);
      await clock.advance(3_000);
      replier.note(ended('MESSAGE_AUDIT_PASS'));
      expect(await settled).toMatchObject({ audit_id: 'A' });
    },
  );

  it('waits on while the store is away, and ends in time', async () => {
    const clock = manualClock();
    const { store } = sharedStore(clock);
    const away: ReplyStore = {
      ...store,
      remember: () => Promise.reject(new Error('away')),
      recall: () => Promise.reject(new Error('away')),
    };
    const { send, replier } = setup({ clock, store: away });
    replier.note(ended('MESSAGE_AUDIT_PASS', 'another'));
    const settled = (await send()).settled({ timeoutMs: 5_000 }).catch((error) => error);
    await clock.advance(5_000);
    expect(await settled).toSatisfy((error) => isBotgoError(error, 'BOTGO_TIMEOUT'));
    expect(clock.pending).toBe(0);
  });
});
