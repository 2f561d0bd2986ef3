import { expect, test } from 'vitest';
import { type Logger, silentLogger, toLogger } from './logger.js';

test('a pino logger is recognised and called the way pino wants: fields first', async () => {
  const calls: unknown[] = [];
  const pino = {
    debug: (fields: object, message: string) => calls.push(['debug', fields, message]),
    info: (fields: object, message: string) => calls.push(['info', fields, message]),
    warn: (fields: object, message: string) => calls.push(['warn', fields, message]),
    error: (fields: object, message: string) => calls.push(['error', fields, message]),
    flush: () => calls.push(['flush']),
    bindings: () => ({}),
  };
  const log = toLogger(pino);
  log.debug('a');
  log.info('b', { x: 1 });
  log.warn('c');
  log.error('d');
  await log.sync?.();
  expect(calls).toEqual([
    ['debug', {}, 'a'],
    ['info', { x: 1 }, 'b'],
    ['warn', {}, 'c'],
    ['error', {}, 'd'],
    ['flush'],
  ]);
});

test('a logger of our form is used as it is', () => {
  const own: Logger = { debug() {}, info() {}, warn() {}, error() {} };
  expect(toLogger(own)).toBe(own);
  expect(toLogger(silentLogger)).toBe(silentLogger);
});
