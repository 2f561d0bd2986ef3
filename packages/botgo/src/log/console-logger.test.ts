import { expect, test } from 'vitest';
import { type ConsoleLoggerOptions, consoleLogger } from './console-logger.js';

function lines(options: ConsoleLoggerOptions = {}) {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  return { written, log: consoleLogger({ stream, now: () => Date.UTC(2026, 0, 31, 8), ...options }) };
}

test('a line is time, level, message and fields', () => {
  const { log, written } = lines();
  log.info('shard ready', { shard: 1, session: 'abc', missing: undefined });
  expect(written).toEqual(['2026-01-31 08:00:00.000 INFO  shard ready shard=1 session=abc\n']);
});

test('a per cent sign stays one: BotGo reads the message as a printf format and garbles it', () => {
  const { log, written } = lines();
  log.warn('disk 100% full, %s %d %%', { used: '100%' });
  expect(written[0]).toContain('WARN  disk 100% full, %s %d %% used=100%\n');
});

test('debug is dropped by default: BotGo has no level filter and prints everything', () => {
  const { log, written } = lines();
  log.debug('whole body', { body: 'x' });
  log.info('kept');
  expect(written).toHaveLength(1);
});

test.each([
  ['debug', 4],
  ['info', 3],
  ['warn', 2],
  ['error', 1],
  ['silent', 0],
] as const)('level %s lets %d of four lines through', (level, count) => {
  const { log, written } = lines({ level });
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  expect(written).toHaveLength(count);
});

test('text from outside cannot forge a line or move the cursor', () => {
  const { log, written } = lines();
  log.info('said\n2026 ERROR forged', { text: 'a\nb\u001b[2J', 'k\ney': 1, list: ['x\ny'] });
  expect(written).toHaveLength(1);
  expect(written[0]?.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028]/u);
  expect(written[0]).toContain('said\\n2026 ERROR forged text="a\\nb\\u001b[2J" k\\ney=1');
});

test('an error shows its name, code and causes in one line', () => {
  const { log, written } = lines();
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  log.error('request failed', { error: new TypeError('no answer', { cause }) });
  expect(written[0]).toContain('error="TypeError: no answer; caused by Error [ECONNREFUSED]: refused"\n');
});

test('nested values are written on the same line, cycles included', () => {
  const { log, written } = lines();
  const value: { list: number[]; self?: unknown } = { list: [1, 2] };
  value.self = value;
  log.info('nested', { value });
  expect(written[0]).toContain('value=<ref *1> { list: [ 1, 2 ], self: [Circular *1] }\n');
});

test('a terminal that shows colours gets the level in colour', () => {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text), hasColors: () => true };
  consoleLogger({ stream, now: () => 0 }).error('x');
  expect(written[0]).toBe('1970-01-01 00:00:00.000 \u001b[31mERROR\u001b[0m x\n');
});
