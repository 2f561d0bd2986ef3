import { manualClock } from 'botgo/clock';
import { describe, expect, it } from 'vitest';
import { DeathNotes } from './death-notes.js';
import type { PulsarId, PulsarLink, PulsarMessage } from './link.js';

/** One topic in memory, which keeps what is not acknowledged. */
class Topic implements PulsarLink {
  readonly kept: PulsarMessage[] = [];
  readonly #readers = new Set<(message: PulsarMessage) => void>();
  #written = 0;
  refusals = 0;

  writer() {
    return {
      open: async () => {},
      write: async (messages: readonly { value: Buffer }[]): Promise<PulsarId[]> =>
        messages.map(({ value }) => {
          const id = { text: String(++this.#written) };
          const message = { id, value, headers: {}, publishedAtMs: 0 };
          this.kept.push(message);
          for (const read of this.#readers) read(message);
          return id;
        }),
      close: async () => {},
    };
  }

  async subscribe() {
    if (this.refusals-- > 0) throw new Error('no broker');
    return {
      ended: new Promise<undefined>(() => {}),
      start: () => {},
      setPaused: () => {},
      acknowledge: (id: PulsarId) => {
        const at = this.kept.findIndex((message) => message.id.text === id.text);
        if (at >= 0) this.kept.splice(at, 1);
      },
      close: async () => {},
    };
  }

  async read(_topic: string, _known: PulsarId, onMessage: (message: PulsarMessage) => void) {
    for (const message of [...this.kept]) onMessage(message);
    this.#readers.add(onMessage);
    return { ended: new Promise<void>(() => {}), close: async () => void this.#readers.delete(onMessage) };
  }

  get notes(): unknown[] {
    return this.kept.map(({ value }) => {
      const { member, inFlight } = JSON.parse(value.toString());
      return [member, inFlight];
    });
  }
}

function setup() {
  const topic = new Topic();
  const clock = manualClock();
  const join = (member: string) => new DeathNotes({ link: topic, topic: 't', member, clock });
  return { topic, clock, join };
}

describe('notes of what is in flight', () => {
  it('tell of one death for each other member whose last note names the message', async () => {
    const { join } = setup();
    const [a, b] = [join('a'), join('b')];
    await a.store(() => ['1', '2']);
    await a.store(() => ['2', '3']);
    await b.store(() => ['3']);
    const c = join('c');
    await c.open();
    expect(['1', '2', '3'].map((ref) => c.deaths(ref))).toEqual([0, 1, 2]);
    await c.store(() => ['3']);
    expect(c.deaths('3')).toBe(2);
  });

  it('are heard of as they are written, too', async () => {
    const { join } = setup();
    const [a, b] = [join('a'), join('b')];
    await b.open();
    await a.store(() => ['1']);
    expect(b.deaths('1')).toBe(1);
  });

  it('are kept no longer than they say something: one of each member, and of none that has stopped', async () => {
    const { topic, join } = setup();
    const [a, b] = [join('a'), join('b')];
    await a.store(() => ['1']);
    await a.store(() => ['2']);
    await b.store(() => ['3']);
    expect(topic.notes).toEqual([
      ['a', ['2']],
      ['b', ['3']],
    ]);
    await a.close();
    expect(topic.notes).toEqual([['b', ['3']]]);
  });

  it('are forgotten after a day', async () => {
    const { topic, join, clock } = setup();
    await join('a').store(() => ['1']);
    await clock.advance(86_400_001);
    const later = join('b');
    await later.open();
    expect(later.deaths('1')).toBe(0);
    expect(topic.notes).toEqual([['b', []]]);
  });

  it('are read again when they could not be read', async () => {
    const { topic, join } = setup();
    await join('a').store(() => ['1']);
    topic.refusals = 1;
    const b = join('b');
    await expect(b.open()).rejects.toThrow('no broker');
    expect(b.isOpen).toBe(false);
    await b.open();
    expect([b.isOpen, b.deaths('1')]).toEqual([true, 1]);
  });

  it('are not written by who has handled nothing of the kind', async () => {
    const { topic, join } = setup();
    await join('a').close();
    expect(topic.kept).toEqual([]);
  });
});
