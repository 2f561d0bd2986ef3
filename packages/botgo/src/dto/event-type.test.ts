import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  EventType,
  eventIntents,
  eventToIntent,
  eventTypes,
  Intent,
  isKnownEventType,
  usableIntents,
} from './index.js';

interface Row {
  t: string;
  intentBit: number | null;
}
const rows: Row[] = JSON.parse(
  readFileSync(new URL('../../../../facts/coverage/events.json', import.meta.url), 'utf8'),
);

describe('event types', () => {
  it('are the 59 of the facts', () => {
    expect([...eventTypes].sort()).toEqual(rows.map((row) => row.t).sort());
    expect(new Set(eventTypes).size).toBe(59);
  });

  it.each(rows)('$t is asked for by bit $intentBit', ({ t, intentBit }) => {
    expect(isKnownEventType(t) && eventIntents[t]).toBe(intentBit === null ? 0 : 2 ** intentBit);
  });

  it('gives one mask for several events and ignores unknown ones', () => {
    expect(eventToIntent(EventType.AtMessageCreate, EventType.C2CFriendAdd, 'SOMETHING_NEW', 'READY')).toBe(
      Intent.GuildAtMessage | Intent.GroupMessages,
    );
    expect(eventToIntent()).toBe(Intent.None);
    expect(eventToIntent('constructor')).toBe(Intent.None);
  });
});

describe('intents', () => {
  it('have events for 15 bits, which are those of the event types', () => {
    expect(usableIntents).toHaveLength(15);
    const used = new Set(Object.values(eventIntents).filter((intent) => intent !== Intent.None));
    expect(new Set<number>(usableIntents.map((row) => row.intent))).toEqual(used);
    for (const { bit, intent } of usableIntents) expect(intent).toBe(2 ** bit);
  });

  it('fit a positive 32-bit number together', () => {
    expect(usableIntents.reduce((mask, { intent }) => mask | intent, 0)).toBeGreaterThan(0);
  });
});
