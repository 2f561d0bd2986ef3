import { afterEach, describe, expect, it } from 'vitest';
import type { Budget, ReplyStore } from '../src/message/index.js';

/** What every {@link ReplyStore} must do. `open` gives one whose counters nobody else uses; two of the same name share them. */
export function replyStoreContract(
  name: string,
  open: (space: string) => { store: ReplyStore; close?: () => Promise<void> },
): void {
  describe(`a reply store: ${name}`, () => {
    const opened: { close?: () => Promise<void> }[] = [];
    let count = 0;
    afterEach(async () => {
      for (const { close } of opened.splice(0)) await close?.();
    });
    function newStore(space = `space-${process.pid}-${++count}`): ReplyStore {
      const made = open(space);
      opened.push(made);
      return made.store;
    }
    const budget = (key: string, max: number, onlyFirstOf?: string): Budget => ({
      key,
      max,
      windowMs: 600_000,
      onlyFirstOf,
    });

    it('grants max uses, numbered from 1, and says when the counter ends', async () => {
      const store = newStore();
      for (let serial = 1; serial <= 4; serial++)
        expect(await store.claim([budget('m', 4)])).toEqual({ granted: true, serial, keys: ['m'] });
      const refused = await store.claim([budget('m', 4)]);
      expect(refused).toMatchObject({ granted: false, full: 0 });
      if (refused.granted) throw new Error('granted');
      expect(refused.freeInMs).toBeGreaterThan(300_000);
      expect(refused.freeInMs).toBeLessThanOrEqual(600_000);
      expect(await store.read('m')).toEqual({ used: 4, closed: false });
      expect(await store.claim([budget('other', 4)])).toMatchObject({ granted: true, serial: 1 });
    });

    it('grants exactly max of two hundred at once', async () => {
      const store = newStore();
      const claims = await Promise.all(
        Array.from({ length: 200 }, async () => store.claim([budget('m', 5)])),
      );
      const serials = claims.flatMap((claim) => (claim.granted ? [claim.serial] : []));
      expect(serials.sort()).toEqual([1, 2, 3, 4, 5]);
    });

    it('counts without a limit', async () => {
      const store = newStore();
      for (let serial = 1; serial <= 20; serial++)
        expect(await store.claim([budget('m', Number.POSITIVE_INFINITY)])).toMatchObject({ serial });
    });

    it('gives back a use, not its number', async () => {
      const store = newStore();
      await store.claim([budget('m', 1)]);
      await store.release(['m']);
      expect(await store.claim([budget('m', 1)])).toMatchObject({ granted: true, serial: 2 });
      await store.release(['m']);
      await store.release(['m']);
      await store.release(['never used']);
      expect(await store.read('m')).toEqual({ used: 0, closed: false });
      expect(await store.read('never used')).toEqual({ used: 0, closed: false });
    });

    it('takes of all budgets or of none', async () => {
      const store = newStore();
      await store.claim([budget('b', 1)]);
      expect(await store.claim([budget('a', 1), budget('b', 1)])).toMatchObject({ granted: false, full: 1 });
      expect(await store.read('a')).toEqual({ used: 0, closed: false });
      expect(await store.claim([budget('a', 1)])).toMatchObject({ serial: 1 });
    });

    it('counts the first use of another counter only, as for the channels of a guild', async () => {
      const store = newStore();
      const inChannel = async (channel: string) =>
        store.claim([budget('guild', 2, channel), budget(channel, Number.POSITIVE_INFINITY)]);
      expect(await inChannel('c1')).toMatchObject({ granted: true, keys: ['guild', 'c1'] });
      expect(await inChannel('c1')).toMatchObject({ granted: true, keys: ['c1'] });
      expect(await inChannel('c2')).toMatchObject({ granted: true, keys: ['guild', 'c2'] });
      expect(await inChannel('c3')).toMatchObject({ granted: false, full: 0 });
      expect(await inChannel('c2')).toMatchObject({ granted: true });
    });

    it('grants nothing more once exhausted, used before or not', async () => {
      const store = newStore();
      await store.claim([budget('m', 4)]);
      for (const key of ['m', 'fresh']) {
        await store.exhaust(budget(key, 4));
        expect(await store.claim([budget(key, 4)])).toMatchObject({ granted: false });
        expect(await store.read(key)).toMatchObject({ closed: true });
      }
    });

    it('forgets a counter when its window ends', async () => {
      const store = newStore();
      const short = { key: 'm', max: 1, windowMs: 40 };
      await store.claim([short]);
      await expect
        .poll(async () => store.claim([short]), { timeout: 30_000, interval: 5 })
        .toEqual({ granted: true, serial: 1, keys: ['m'] });
    });

    it('paces starts, where it shares them', async () => {
      const store = newStore();
      if (!store.pace || !store.hold) return expect([store.pace, store.hold]).toEqual([undefined, undefined]);
      const slow = { key: 'p', max: 2, windowMs: 600_000 };
      expect(await store.pace([slow], 0)).toEqual({ granted: true, delayMs: 0 });
      expect(await store.pace([slow], 0)).toEqual({ granted: true, delayMs: 0 });
      const refused = await store.pace([slow], 1_000);
      expect(refused.granted).toBe(false);
      expect(refused.delayMs).toBeGreaterThan(300_000);
      const later = await store.pace([slow], 700_000);
      expect(later.granted).toBe(true);
      expect(later.delayMs).toBeGreaterThan(300_000);
      // The longest of several decides, and a refusal takes nothing of the others.
      const free = { key: 'q', max: 1, windowMs: 600_000 };
      expect(await store.pace([free, slow], 1_000)).toMatchObject({ granted: false });
      expect(await store.pace([free], 0)).toEqual({ granted: true, delayMs: 0 });
      await store.hold(['h'], 600_000);
      await store.hold(['h'], 1);
      const held = { key: 'h', max: 5, windowMs: 1_000 };
      expect((await store.pace([held], 1_000)).granted).toBe(false);
    });
  });
}
