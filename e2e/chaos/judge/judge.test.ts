import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judge, type Rules } from './judge.js';
import { type LedgerLine, type RawRecord, readRecord, type SentLine } from './record.js';

const STRICT: Rules = { duplicates: 'none' };
const PID = 11;

/** Events 1 … count of one key, sent 100 ms apart from 1,000 on. */
function sent(count: number, key = 'channel/1'): SentLine[] {
  return Array.from({ length: count }, (_, index) => ({
    n: index + 1,
    id: `id-${index + 1}`,
    key,
    t: 'AT_MESSAGE_CREATE',
    at: 1_000 + index * 100,
  }));
}

/** One handling, 20 ms long. */
function handling(n: number, at: number, pid = PID): LedgerLine[] {
  return [
    { pid, n, phase: 'start', at },
    { pid, n, phase: 'end', at: at + 20 },
  ];
}

function record(parts: Partial<RawRecord>): RawRecord {
  return { sent: [], refused: [], ledger: [], timeline: [], replies: [], ...parts };
}

const clean = record({
  sent: sent(3),
  ledger: [1, 2, 3].flatMap((n) => handling(n, 1_000 + n * 100)),
  timeline: [
    { at: 1, what: 'identify', shard: 0, session: 'a' },
    { at: 2, what: 'resume', shard: 0, session: 'a' },
  ],
});

describe('a clean run', () => {
  it('has nothing to blame, and its figures', () => {
    const { figures, problems } = judge(clean, { duplicates: 'none', identifies: 1 });
    expect(problems).toEqual([]);
    expect(figures).toEqual({
      events: 3,
      lost: 0,
      unseen: 0,
      duplicated: 0,
      reordered: 0,
      gapsMissing: 0,
      gapsFalse: 0,
      timedOut: 0,
      inFlightAtDeath: 0,
      identifies: 1,
      resumes: 1,
      moves: 0,
      fencedWrites: 0,
      delayMaxMs: 120,
      duplicatedOutside: 0,
      staleReplies: 0,
      poisoned: 0,
    });
  });

  it('is not one in which nothing was sent', () => {
    expect(judge(record({}), STRICT).problems).toHaveLength(1);
  });
});

describe('lost', () => {
  it('is what was sent, not ended by anybody, and not refused by the platform', () => {
    const { figures, problems } = judge(
      record({
        sent: sent(4),
        ledger: [...handling(1, 1_100), { pid: PID, n: 2, phase: 'start', at: 1_200 }],
        refused: [{ n: 3, reason: 'resume-refused', at: 2_000 }],
      }),
      STRICT,
    );
    expect(figures.lost).toBe(2);
    expect(problems).toEqual(['2 lost: 2, 4']);
  });

  it('counts what was handled although the platform would not have sent it again', () => {
    const refused = [{ n: 3, reason: 'buffer-ended' as const, at: 2_000 }];
    expect(judge({ ...clean, refused }, STRICT).figures.lost).toBe(0);
  });
});

describe('duplicated', () => {
  const twice = record({
    sent: sent(1),
    ledger: [...handling(1, 1_100), ...handling(1, 3_000, 12)],
    timeline: [{ at: 1_110, what: 'kill', pid: PID }],
  });

  it('is an event with more than one end, whichever processes they are of', () => {
    const { figures, problems } = judge(twice, STRICT);
    expect(figures).toMatchObject({ duplicated: 1, duplicatedOutside: 1 });
    expect(problems).toEqual(['1 handled twice without leave: 1']);
    const again = { ...twice, ledger: [...handling(1, 1_100), ...handling(1, 3_000)] };
    expect(judge(again, STRICT).figures.duplicated).toBe(1);
  });

  it('is allowed for what was in flight when its process died', () => {
    const { figures, problems } = judge(twice, { duplicates: 'in-flight' });
    expect(figures).toMatchObject({ duplicated: 1, duplicatedOutside: 0, inFlightAtDeath: 1 });
    expect(problems).toEqual([]);
  });

  it('is allowed up to 250 ms after the end, and not later', () => {
    const at = (ms: number) => ({ ...twice, timeline: [{ at: ms, what: 'kill', pid: PID }] });
    expect(judge(at(1_120 + 249), { duplicates: 'in-flight' }).problems).toEqual([]);
    expect(judge(at(1_120 + 250), { duplicates: 'in-flight' }).figures).toMatchObject({
      inFlightAtDeath: 0,
      duplicatedOutside: 1,
    });
  });

  it('is not allowed by the death of another process, nor by one before the start', () => {
    const other = { ...twice, timeline: [{ at: 1_110, what: 'kill', pid: 12 }] };
    const before = { ...twice, timeline: [{ at: 1_090, what: 'pause', pid: PID }] };
    for (const wrong of [other, before])
      expect(judge(wrong, { duplicates: 'in-flight' }).figures.duplicatedOutside).toBe(1);
  });

  it('is allowed without a shared window for what was ended since the last write of a state', () => {
    const at = (ms: number) => ({ ...twice, timeline: [{ at: ms, what: 'kill', pid: PID }] });
    expect(judge(at(1_120 + 1_499), { duplicates: 'since-write' }).problems).toEqual([]);
    expect(judge(at(1_120 + 1_500), { duplicates: 'since-write' }).problems).toHaveLength(1);
    // Cut from the store it goes on until its lease ends, and can write nothing.
    const cut = [
      { at: 500, what: 'cut', pid: PID },
      { at: 2_000, what: 'heal', pid: PID },
    ];
    expect(judge({ ...twice, timeline: cut }, { duplicates: 'since-write' }).problems).toEqual([]);
  });

  it('has its leave from a death between the two, not from a later one', () => {
    const late = { ...twice, timeline: [{ at: 3_030, what: 'kill', pid: PID }] };
    expect(judge(late, { duplicates: 'since-write' }).problems).toHaveLength(1);
  });

  describe('behind an event that is open for long', () => {
    /** Event 1 never ends before its process dies at 9,000; event 2 of the same process ended long ago, and comes again. */
    const held = (shard: number) =>
      record({
        sent: [...sent(1), { n: 2, id: 'id-2', key: 'channel/2', t: 'AT_MESSAGE_CREATE', at: 1_100 }],
        ledger: [
          { pid: PID, n: 1, phase: 'start', at: 1_100, shard: 0 },
          ...handling(2, 1_150).map((line) => ({ ...line, shard })),
          ...handling(1, 9_500, 12).map((line) => ({ ...line, shard: 0 })),
          ...handling(2, 9_600, 12).map((line) => ({ ...line, shard })),
        ],
        timeline: [{ at: 9_000, what: 'kill', pid: PID }],
      });

    it('is allowed on its shard, whose checkpoint it holds back, and on no other', () => {
      expect(judge(held(0), { duplicates: 'since-write' }).problems).toEqual([]);
      expect(judge(held(3), { duplicates: 'since-write' }).problems).toEqual([
        '1 handled twice without leave: 2',
      ]);
    });

    it('is not allowed where processes share a window, unless the event has no id to be known by', () => {
      expect(judge(held(0), { duplicates: 'in-flight', hasWindow: true }).problems).toHaveLength(1);
      const nameless = { duplicates: 'in-flight', hasWindow: true, eventIds: 'absent' } as const;
      expect(judge(held(0), nameless).problems).toHaveLength(1);
      const [first, second] = held(0).sent;
      if (!first || !second) throw new Error('two events were sent');
      const reaction = { ...held(0), sent: [first, { ...second, t: 'MESSAGE_REACTION_ADD' }] };
      expect(judge(reaction, nameless).problems).toEqual([]);
    });

    it('is not allowed for an earlier event: what lies before is stored', () => {
      const { sent: lines, ...rest } = held(0);
      const swapped = lines.map((line) => ({ ...line, n: 3 - line.n }));
      const ledger = rest.ledger.map((line) => ({ ...line, n: 3 - line.n }));
      expect(judge({ ...rest, sent: swapped, ledger }, { duplicates: 'since-write' }).problems).toHaveLength(
        1,
      );
    });
  });

  it('is an event that was begun again after its end, too', () => {
    const begun = {
      ...twice,
      ledger: [...handling(1, 1_100), { pid: 12, n: 1, phase: 'start' as const, at: 3_000 }],
    };
    const { figures } = judge({ ...begun, timeline: [] }, { duplicates: 'since-write' });
    expect(figures).toMatchObject({ duplicated: 0, duplicatedOutside: 1 });
    expect(judge(begun, { duplicates: 'since-write' }).problems).toEqual([]);
  });

  describe('of an event that the platform sends to every shard', () => {
    const spread = (t: string, ends: readonly { pid: number; shard: number }[]) =>
      record({
        sent: [{ n: 1, id: 'id-1', key: 'c2c/A', t, at: 1_000 }],
        ledger: ends.flatMap(({ pid, shard }, index) =>
          handling(1, 1_100 + index * 50, pid).map((line) => ({ ...line, shard })),
        ),
      });
    const rules = { duplicates: 'since-write', isSpread: true } as const;
    const outside = (raw: RawRecord, more: Partial<Rules> = {}) =>
      judge(raw, { ...rules, ...more }).figures.duplicatedOutside;
    const twoProcesses = [
      { pid: 1, shard: 0 },
      { pid: 2, shard: 1 },
    ];
    const oneProcess = [
      { pid: 1, shard: 0 },
      { pid: 1, shard: 1 },
    ];

    it('holds the checkpoint of each of them up until it is settled', () => {
      const behind = record({
        sent: [
          { n: 1, id: 'id-1', key: 'c2c/A', t: 'C2C_MESSAGE_CREATE', at: 1_000 },
          { n: 2, id: 'id-2', key: 'channel/2', t: 'AT_MESSAGE_CREATE', at: 1_100 },
        ],
        ledger: [
          { pid: PID, n: 1, phase: 'start', at: 1_100, shard: 0 },
          ...[...handling(2, 1_150), ...handling(2, 9_600, 12)].map((line) => ({ ...line, shard: 3 })),
          ...handling(1, 9_500, 12).map((line) => ({ ...line, shard: 0 })),
        ],
        timeline: [{ at: 9_000, what: 'kill', pid: PID }],
      });
      expect(outside(behind)).toBe(0);
      expect(outside(behind, { isSpread: false })).toBe(1);
      expect(outside({ ...behind, timeline: [{ at: 9_000, what: 'kill', pid: 12 }] })).toBe(1);
    });

    it('is allowed once in each process, where they share no window', () => {
      expect(outside(spread('C2C_MESSAGE_CREATE', twoProcesses))).toBe(0);
      expect(outside(spread('C2C_MESSAGE_CREATE', twoProcesses), { hasWindow: true })).toBe(1);
      expect(outside(spread('C2C_MESSAGE_CREATE', oneProcess))).toBe(1);
      expect(outside(spread('C2C_MESSAGE_CREATE', [...twoProcesses, { pid: 3, shard: 1 }]))).toBe(1);
    });

    it('is allowed once for each shard, where the copies have no id in common', () => {
      const eventIds = 'per-session' as const;
      expect(outside(spread('INTERACTION_CREATE', oneProcess), { eventIds, hasWindow: true })).toBe(0);
      expect(outside(spread('INTERACTION_CREATE', oneProcess))).toBe(1);
      expect(outside(spread('C2C_MESSAGE_CREATE', oneProcess), { eventIds, hasWindow: true })).toBe(1);
    });

    it('is allowed in each process that had its copy, when the store lost the window in between', () => {
      const raw = spread('C2C_MESSAGE_CREATE', twoProcesses);
      const emptied = (at: number) => ({ ...raw, timeline: [{ at, what: 'store-emptied' }] });
      const window = { duplicates: 'in-flight', hasWindow: true } as const;
      expect(outside(emptied(1_130), window)).toBe(0);
      expect(outside(emptied(1_160), window)).toBe(1);
      expect(
        outside(
          {
            ...spread('C2C_MESSAGE_CREATE', oneProcess),
            ...emptied(1_130),
            ledger: spread('C2C_MESSAGE_CREATE', oneProcess).ledger,
          },
          window,
        ),
      ).toBe(1);
    });

    it('is not allowed for what has a guild', () => {
      const { sent: lines, ...rest } = spread('AT_MESSAGE_CREATE', twoProcesses);
      const ofGuild = { ...rest, sent: lines.map((line) => ({ ...line, key: 'channel/1' })) };
      expect(outside(ofGuild)).toBe(1);
    });
  });
});

describe('inFlightAtDeath', () => {
  it('counts events, not deaths or copies, for kill, pause and cut', () => {
    const open: LedgerLine[] = [1, 2, 3].map((n) => ({ pid: n, n, phase: 'start', at: 1_400 }));
    const { figures } = judge(
      record({
        sent: sent(4),
        ledger: [...open, ...handling(4, 1_450, 1)],
        timeline: [
          { at: 1_500, what: 'kill', pid: 1 },
          { at: 1_500, what: 'pause', pid: 2 },
          { at: 1_500, what: 'cut', pid: 3 },
          { at: 1_600, what: 'cut', pid: 3 },
        ],
      }),
      STRICT,
    );
    expect(figures.inFlightAtDeath).toBe(4);
  });

  it('looks at each start of a process for itself', () => {
    const ledger = [...handling(1, 1_000), ...handling(1, 5_000)];
    const timeline = [{ at: 5_010, what: 'kill', pid: PID }];
    expect(judge(record({ sent: sent(1), ledger, timeline }), STRICT).figures.inFlightAtDeath).toBe(1);
  });
});

describe('reordered', () => {
  it('is a first start before that of an earlier event of its key', () => {
    const ledger = [...handling(2, 1_100), ...handling(1, 1_200), ...handling(3, 1_300)];
    const { figures, problems } = judge(record({ sent: sent(3), ledger }), STRICT);
    expect(figures.reordered).toBe(1);
    expect(problems).toEqual(['1 reordered: 2']);
  });

  it('looks at first starts: a replay is not out of order', () => {
    const ledger = [1, 2, 1, 2].flatMap((n, index) => handling(n, 1_100 + index * 30));
    expect(judge(record({ sent: sent(2), ledger }), STRICT).figures.reordered).toBe(0);
  });

  it('compares within a key, and the first start of any process', () => {
    const other = { n: 3, id: 'x', key: 'group/1', t: 'X', at: 900 };
    const ledger = [...handling(3, 950), ...handling(1, 1_100, 12), ...handling(2, 1_100)];
    expect(judge(record({ sent: [...sent(2), other], ledger }), STRICT).figures.reordered).toBe(0);
  });

  it('has no meaning over two roads: a session began between, and the newest or every one gets what has no guild', () => {
    const ledger = [...handling(2, 1_100, 12), ...handling(1, 1_200)];
    const timeline = [{ at: 1_050, what: 'identify', shard: 1, session: 'b' }];
    const reordered = (key: string, rules: Rules, at = 1_050) =>
      judge(
        record({ sent: sent(2, key), ledger, timeline: timeline.map((line) => ({ ...line, at })) }),
        rules,
      ).figures.reordered;
    for (const road of [{ isNewestOnly: true }, { isSpread: true }]) {
      const rules: Rules = { ...STRICT, ...road };
      expect(reordered('c2c/A', rules)).toBe(0);
      expect(reordered('c2c/A', rules, 999)).toBe(1);
      expect(reordered('c2c/A', rules, 1_150)).toBe(1);
      expect(reordered('channel/1', rules)).toBe(1);
    }
    expect(reordered('c2c/A', STRICT)).toBe(1);
  });
});

describe('gaps', () => {
  const ended = { at: 1_500, what: 'session-ended', shard: 0, session: 'a' };
  const gap = { at: 1_600, what: 'gap', pid: PID, shard: 0, session: 'a' };
  const verdict = (timeline: RawRecord['timeline']) => judge({ ...clean, timeline }, STRICT);

  it('want one report for each session that the platform ended', () => {
    expect(verdict([ended, gap]).problems).toEqual([]);
    expect(verdict([ended]).figures).toMatchObject({ gapsMissing: 1, gapsFalse: 0 });
  });

  it('are false for a session that had not ended, and when told again', () => {
    expect(verdict([gap]).figures).toMatchObject({ gapsMissing: 0, gapsFalse: 1 });
    expect(verdict([ended, gap, gap]).figures.gapsFalse).toBe(1);
    expect(verdict([ended, gap, { ...gap, pid: 12 }]).figures.gapsFalse).toBe(1);
  });

  it('may be told again by the heir of a reporter that was killed', () => {
    const killed = { at: 1_601, what: 'kill', pid: PID };
    expect(verdict([ended, gap, killed, { ...gap, pid: 12 }]).problems).toEqual([]);
  });

  describe('of a session that its process did not live to store', () => {
    const taken = { at: 900, what: 'taken', pid: PID, shard: 0 };
    const begun = { at: 1_050, what: 'identify', shard: 0, session: 'b' };
    const killed = { at: 1_060, what: 'kill', pid: PID };
    const heirs = { ...gap, pid: 12, fromMs: 1_000 };
    const bEnded = { ...ended, session: 'b' };
    const timeline = [taken, begun, killed, ended, heirs, bEnded];
    // The second of three events, sent at 1,100, was written to the socket of the dead.
    const ledger = [1, 3].flatMap((n) => handling(n, 1_000 + n * 100));
    const figures = (lines: RawRecord['timeline'], more: Partial<RawRecord> = {}) =>
      judge({ ...clean, ledger, ...more, timeline: lines }, STRICT).figures;

    it('is none where the report of the one before covers it, with what was sent into it', () => {
      expect(figures(timeline)).toMatchObject({ lost: 0, unseen: 1, gapsMissing: 0, gapsFalse: 0 });
    });

    it.each([
      ['the report begins after it', [taken, begun, killed, ended, { ...heirs, fromMs: 1_070 }, bEnded]],
      ['the report says nothing of when', [taken, begun, killed, ended, { ...gap, pid: 12 }, bEnded]],
      ['it is another shard that is reported', [taken, begun, killed, ended, { ...heirs, shard: 1 }, bEnded]],
      ['its process lived', [taken, begun, ended, heirs, bEnded]],
      [
        'its process lived long enough to store it',
        [taken, begun, { ...killed, at: 2_100 }, ended, heirs, bEnded],
      ],
      ['another process was killed', [taken, begun, { ...killed, pid: 12 }, ended, heirs, bEnded]],
    ])('is missing when %s', (_, lines) => {
      expect(figures(lines)).toMatchObject({ lost: 1, unseen: 0, gapsMissing: 1 });
    });

    it('excuses nothing that was sent before it, or after its process was gone', () => {
      const early = { sent: sent(3).map((line) => ({ ...line, at: line.n === 2 ? 1_040 : line.at })) };
      expect(figures(timeline, early)).toMatchObject({ lost: 1, unseen: 0 });
      const late = { sent: sent(3).map((line) => ({ ...line, at: line.n === 2 ? 1_320 : line.at })) };
      expect(figures(timeline, late)).toMatchObject({ lost: 1, unseen: 0 });
    });
  });
});

describe('what a scenario adds', () => {
  it('identifies and timed-out events, exactly', () => {
    const timeline = [...clean.timeline, { at: 9, what: 'timeout', pid: PID, n: 2 }];
    const { problems } = judge({ ...clean, timeline }, { duplicates: 'none', identifies: 2, timedOut: 2 });
    expect(problems).toEqual(['identifies: 1 instead of 2', 'timed out: 1 instead of 2']);
  });

  it('moves: shards taken again, each as often as the scenario says', () => {
    const taken = [9, 9, 2_000, 2_100, 2_200].map((at) => ({ at, what: 'taken', pid: PID, shard: 1 }));
    const timeline = [...clean.timeline, ...taken];
    expect(judge({ ...clean, timeline }, { ...STRICT, moves: 3 }).problems).toEqual([]);
    expect(judge({ ...clean, timeline }, { ...STRICT, moves: 2 })).toMatchObject({
      figures: { moves: 3 },
      problems: ['moves: 3 instead of 2'],
    });
  });

  it('fenced writes are counted and not blamed', () => {
    const timeline = [...clean.timeline, { at: 9, what: 'fenced-write', pid: PID }];
    expect(judge({ ...clean, timeline }, STRICT)).toMatchObject({
      figures: { fencedWrites: 1 },
      problems: [],
    });
  });

  it('poison: what was planted, and nothing else', () => {
    const timeline = [{ at: 9, what: 'poison', pid: PID, n: 2 }];
    expect(judge({ ...clean, timeline }, { duplicates: 'none', poison: [2] }).problems).toEqual([]);
    expect(judge({ ...clean, timeline }, { duplicates: 'none', poison: [3] }).problems).toEqual([
      '1 settled as poison without being it: 2',
      '1 poison not settled as such: 3',
    ]);
  });

  it('poison: handled three times and no more', () => {
    const timeline = [{ at: 9, what: 'poison', pid: PID, n: 2 }];
    const starts = (times: number) =>
      Array.from({ length: times }, (_, at) => ({ pid: PID + at, n: 2, phase: 'start', at }) as const);
    const problems = (times: number) =>
      judge(
        { ...clean, ledger: [...clean.ledger.filter(({ n }) => n !== 2), ...starts(times)], timeline },
        { duplicates: 'none', poison: [2] },
      ).problems.filter((problem) => problem.includes('poison'));
    expect(problems(3)).toEqual([]);
    expect(problems(4)).toEqual(['1 poison handled more than 3 times: 2']);
  });

  it('no reply of a woken process to what it had started before', () => {
    const timeline = [
      { at: 1_110, what: 'pause', pid: PID },
      { at: 5_000, what: 'wake', pid: PID },
    ];
    const ledger = [...handling(1, 1_100), ...handling(2, 5_100)];
    const reply = (n: number, at: number, pid = PID) => ({ n, at, pid });
    const stale = (replies: RawRecord['replies']) =>
      judge(record({ sent: sent(2), ledger, timeline, replies }), STRICT).figures.staleReplies;
    expect(stale([reply(1, 5_001)])).toBe(1);
    expect(stale([reply(1, 1_120), reply(1, 5_001, 12), reply(2, 5_110)])).toBe(0);
    // Stopped for less than a lease, it has lost nothing.
    const within = { duplicates: 'none', leaseMs: 5_000 } as const;
    const raw = record({ sent: sent(2), ledger, timeline, replies: [reply(1, 5_001)] });
    expect(judge(raw, within).figures.staleReplies).toBe(0);
    // Handled again after the wake: that reply is a new one.
    const again = { sent: sent(1), ledger: [...ledger, ...handling(1, 5_200)], timeline };
    expect(judge(record({ ...again, replies: [reply(1, 5_210)] }), STRICT).figures.staleReplies).toBe(0);
  });
});

describe('the record', () => {
  it('is read from its files, with the process of each ledger, and refused when torn', () => {
    const folder = mkdtempSync(join(tmpdir(), 'botgo-record-'));
    try {
      const write = (name: string, text: string) => appendFileSync(join(folder, name), text);
      write('sent.ndjson', '{"n":1,"id":"x","key":"k","t":"T","at":5}\n');
      for (const name of ['refused', 'timeline', 'replies']) write(`${name}.ndjson`, '');
      write('ledger-7.ndjson', '{"n":1,"phase":"start","at":6}\n{"n":1,"phase":"end","at":7}\n');
      expect(judge(readRecord(folder), STRICT).figures).toMatchObject({ events: 1, lost: 0, delayMaxMs: 2 });
      write('ledger-8.ndjson', '{"n":1,"ph');
      expect(() => readRecord(folder)).toThrow('middle of a line');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
