import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanFrame } from './index.js';

const CASES = 20_000;
const SEED = Number(process.env.BOTGO_SEED ?? Date.now() % 2 ** 31);

/** What a frame says about itself, without the place where it says it. */
function scan(text: string) {
  const head = scanFrame(Buffer.from(text));
  return head && { op: head.op, s: head.s, t: head.t };
}

describe('scanFrame', () => {
  it.each([
    ['{"op":0,"s":42,"t":"READY","d":{}}', { op: 0, s: 42, t: 'READY' }],
    ['{"op":11}', { op: 11, s: undefined, t: undefined }],
    [' \t\r\n{ "op" : 11 } \n', { op: 11, s: undefined, t: undefined }],
    ['{"d":{"op":9,"s":1,"t":"X"},"t":"A","s":3,"op":0}', { op: 0, s: 3, t: 'A' }],
    ['{"d":"\\"op\\":9,\\\\","op":0,"s":1,"t":"A"}', { op: 0, s: 1, t: 'A' }],
    ['{"d":[[{"t":"X"}],"]}"],"op":0,"s":1,"t":"A"}', { op: 0, s: 1, t: 'A' }],
    ['{"id":"x","d":null,"op":0,"s":1,"t":"A"}', { op: 0, s: 1, t: 'A' }],
    ['{"d":-1.5e+7,"x":true,"op":0,"s":1,"t":"A"}', { op: 0, s: 1, t: 'A' }],
    ['{"opp":1,"o":2,"ss":3,"tt":4,"":5,"op":7}', { op: 7, s: undefined, t: undefined }],
    ['{"op":0,"t":"A","d":1}', { op: 0, s: undefined, t: 'A' }],
  ])('reads %s', (text, head) => {
    expect(scan(text)).toEqual(head);
  });

  it.each([
    ['no object', '[1]'],
    ['nothing', ''],
    ['white space', ' '],
    ['a number', '7'],
    ['an empty object', '{}'],
    ['no op', '{"s":1,"t":"A"}'],
    ['op as text', '{"op":"0","s":1,"t":"A"}'],
    ['a negative op', '{"op":-1}'],
    ['a fraction', '{"op":1.5}'],
    ['an exponent', '{"op":1e1}'],
    ['s null', '{"op":0,"s":null,"t":"A"}'],
    ['s as text', '{"op":0,"s":"1","t":"A"}'],
    ['s too large to be exact', '{"op":0,"s":99999999999999999999,"t":"A"}'],
    ['an escape in t', '{"op":0,"s":1,"t":"\\u0041"}'],
    ['an escape in a key', '{"\\u006fp":0,"s":1,"t":"A"}'],
    ['t beyond ASCII', '{"op":0,"s":1,"t":"频道"}'],
    ['no colon', '{"op" 0}'],
    ['no comma', '{"op":0 "s":1}'],
    ['a key without quotes', '{op:0}'],
    ['an end within a string', '{"d":"abc'],
    ['an end after a backslash', '{"d":"abc\\'],
    ['an end within an object', '{"d":{"a":1'],
    ['an end within a number', '{"op":1'],
    ['an end after the key', '{"op"'],
    ['an end within a value', '{"d":tru'],
  ])('has its doubts about %s', (_, text) => {
    expect(scan(text)).toBeUndefined();
  });

  it('reads the same with a hint and without, whatever byte of a usual frame is another', () => {
    const names = ['A', 'AB', 'AT_MESSAGE_CREATE'];
    const frame = fc.record({
      s: fc.nat(10 ** 9),
      t: fc.constantFrom(...names),
      hint: fc.constantFrom(...names),
    });
    const change = fc.record({ at: fc.nat(45), byte: fc.constantFrom(...Buffer.from('"\\{},: 0a-.e')) });
    fc.assert(
      fc.property(frame, fc.option(change), ({ s, t, hint }, change) => {
        const bytes = Buffer.from(JSON.stringify({ op: 0, s, t, d: {} }));
        if (change && change.at < bytes.length) bytes[change.at] = change.byte;
        expect(scanFrame(bytes, { text: hint, bytes: Buffer.from(hint) })).toEqual(scanFrame(bytes));
      }),
      { numRuns: 5_000, seed: SEED },
    );
  });

  it.each([
    ['in the usual order', '{"op":0,"s":12,"t":"A","id":"x"}'],
    ['with white space', ' { "op":0, "s":12, "t" : "A" , "id":"x"}'],
    ['s first', '{"s":12,"op":0,"t":"A","id":"x"}'],
  ])('says where the name ends when nothing but op and s is before it: %s', (_, text) => {
    expect(scanFrame(Buffer.from(text))?.nameEnd).toBe(text.indexOf('A"') + 1);
  });

  it.each([
    ['something before it', '{"id":"x","op":0,"s":12,"t":"A"}'],
    ['something between', '{"op":0,"d":{},"s":12,"t":"A"}'],
    ['the name before the number', '{"op":0,"t":"A","s":12,"id":"x"}'],
    ['no number', '{"op":0,"t":"A","id":"x"}'],
    ['the name twice', '{"op":0,"t":"A","s":12,"t":"B"}'],
  ])('does not say where the name ends with %s', (_, text) => {
    expect(scanFrame(Buffer.from(text))?.nameEnd).toBeUndefined();
  });

  it('stops as soon as it has all three: what follows is not looked at', () => {
    expect(scan('{"op":0,"s":1,"t":"A","d":{"broken')).toEqual({ op: 0, s: 1, t: 'A' });
  });

  it('is no slower on a frame full of quotes and backslashes than its size warrants', () => {
    const hostile = Buffer.from(`{"d":"${'\\\\'.repeat(2_000_000)}","op":0,"s":1,"t":"A"}`);
    const startedMs = performance.now();
    expect(scanFrame(hostile)).toMatchObject({ op: 0, s: 1, t: 'A' });
    const escapedQuotes = Buffer.from(`{"d":"${'\\"'.repeat(2_000_000)}","op":0,"s":1,"t":"A"}`);
    expect(scanFrame(escapedQuotes)).toMatchObject({ op: 0, s: 1, t: 'A' });
    expect(scanFrame(Buffer.from('['.repeat(4_000_000)))).toBeUndefined();
    expect(scanFrame(Buffer.from(`{"d":${'['.repeat(4_000_000)}`))).toBeUndefined();
    // Quadratic work on this would take hours.
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });
});

/** What the whole parse says; `undefined` where it says no. */
function parsed(text: string): { op: unknown; s: unknown; t: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const { op, s, t } = value as Record<string, unknown>;
    return { op, s, t };
  } catch {
    return undefined;
  }
}

const names = fc.constantFrom(
  'AT_MESSAGE_CREATE',
  'READY',
  'X',
  '',
  'A"B',
  'A\\B',
  '频道',
  '\u0000',
  '\u{1F600}',
);
const numbers = fc.oneof(
  fc.nat(),
  fc.integer(),
  fc.double(),
  fc.maxSafeNat(),
  fc.constantFrom(0, 2 ** 53, 1e300),
);
const awkward = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"op":9', '}', ']', '\\', '\\\\"', '{"op":1}', '\u2028', 'é'),
  fc.dictionary(fc.constantFrom('op', 's', 't', 'd', '\\', '"'), fc.jsonValue()),
);
const space = fc.stringMatching(/^[ \n\r\t]{0,3}$/);

/** Text of an object whose members come in any order, spaced and escaped in any way. */
const frames = fc
  .record({
    op: fc.option(fc.oneof({ weight: 5, arbitrary: fc.nat(13) }, awkward), { nil: undefined, freq: 12 }),
    s: fc.option(fc.oneof({ weight: 5, arbitrary: numbers }, awkward), { nil: undefined, freq: 12 }),
    t: fc.option(fc.oneof({ weight: 5, arbitrary: names }, awkward), { nil: undefined, freq: 12 }),
    others: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('d', 'id', 'o', 'ops', 'ss')), awkward, {
      maxKeys: 4,
    }),
    order: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
    space,
    escapes: fc.boolean(),
  })
  .map(({ op, s, t, others, order, space, escapes }) => {
    const members = Object.entries({ ...others, op, s, t }).filter(([, value]) => value !== undefined);
    const shuffled = members
      .map((member, at) => ({ member, rank: order[at % order.length] ?? 0 }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ member }) => member);
    const text = (value: unknown): string => {
      const json = JSON.stringify(value);
      return escapes
        ? json.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
        : json;
    };
    return `${space}{${shuffled.map(([key, value]) => `${space}${text(key)}${space}:${space}${text(value)}`).join(`${space},`)}${space}}`;
  });

describe(`beside JSON.parse (seed ${SEED})`, () => {
  it(`says the same or nothing, on ${CASES} frames`, () => {
    let sure = 0;
    fc.assert(
      fc.property(frames, (text) => {
        const head = scan(text);
        if (head === undefined) return;
        sure++;
        expect({ op: head.op, s: head.s, t: head.t }).toEqual(parsed(text));
      }),
      { seed: SEED, numRuns: CASES },
    );
    // Were it always in doubt, it would be right and useless.
    expect(sure).toBeGreaterThan(CASES / 20);
  });

  it(`is never in doubt about what the platform sends, on ${CASES / 4} frames`, () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff_ffff),
        fc.stringMatching(/^[A-Z_]{1,40}$/),
        awkward,
        fc.boolean(),
        (s, t, d, idFirst) => {
          const payload = idFirst ? { id: `${t}:x`, op: 0, d, s, t } : { op: 0, s, t, id: `${t}:x`, d };
          expect(scan(JSON.stringify(payload))).toEqual({ op: 0, s, t });
        },
      ),
      { seed: SEED, numRuns: CASES / 4 },
    );
  });

  it(`a frame that ends early never becomes another frame, on ${CASES / 4} cuts`, () => {
    fc.assert(
      fc.property(frames, fc.nat(), (text, cut) => {
        const bytes = Buffer.from(text);
        const whole = scanFrame(bytes);
        const part = scanFrame(bytes.subarray(0, cut % bytes.length));
        // Either the three were in the part already, or the part is in doubt.
        if (part !== undefined) expect(part).toEqual(whole);
      }),
      { seed: SEED, numRuns: CASES / 4 },
    );
  });

  it(`takes any bytes without a throw, on ${CASES / 4} of them`, () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc
            .array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'op', 's', 't', '0', '9', ' '), {
              maxLength: 40,
            })
            .map((parts) => Buffer.from(parts.join(''))),
        ),
        (bytes) => {
          scanFrame(Buffer.from(bytes));
        },
      ),
      { seed: SEED, numRuns: CASES / 4 },
    );
  });

  it('takes the first of two members of the same name once it has all three, as it must not look further', () => {
    expect(scan('{"op":0,"s":1,"t":"A","s":2}')).toEqual({ op: 0, s: 1, t: 'A' });
    expect(scan('{"s":1,"s":2,"op":0,"t":"A"}')).toEqual({ op: 0, s: 2, t: 'A' });
  });
});
