import { describe, expect, it, vi } from 'vitest';
import { isBotgoError } from '../errs/index.js';
import { createHandlers, parseAndHandle, parseData, toIncomingEvent } from './index.js';

const frame = { op: 0, s: 7, t: 'AT_MESSAGE_CREATE', id: 'AT_MESSAGE_CREATE:1', d: { id: 'm1' } };

describe('parseAndHandle', () => {
  it.each([
    ['text', JSON.stringify(frame)],
    ['bytes', Buffer.from(JSON.stringify(frame))],
    ['bytes inside a larger buffer', new Uint8Array(Buffer.from(`..${JSON.stringify(frame)}`)).subarray(2)],
    ['an object', frame],
  ])('takes %s and returns what the handler returned', (_case, payload) => {
    const atMessage = vi.fn(() => 'answer');
    expect(parseAndHandle(payload, createHandlers({ atMessage }))).toBe('answer');
    const { op: _op, ...event } = frame;
    expect(atMessage).toHaveBeenCalledWith(event, frame.d, expect.anything());
  });

  it.each([
    { op: 11 },
    { op: 10, d: { heartbeat_interval: 1 } },
    { op: 99, t: 'AT_MESSAGE_CREATE', d: {} },
    {},
  ])('leaves %j alone', (payload) => {
    const plain = vi.fn();
    expect(parseAndHandle(payload, createHandlers({ plain }))).toBeUndefined();
    expect(plain).not.toHaveBeenCalled();
  });

  it.each([
    '',
    'no json',
    '{"op":0',
    '[]',
    'null',
    '7',
    '"op"',
    '{"op":0}',
    '{"op":0,"t":5}',
    '{"op":0,"t":""}',
  ])('refuses %j', (payload) => {
    const run = () => parseAndHandle(payload, createHandlers({ plain() {} }));
    expect(run).toThrow(expect.toSatisfy((error) => isBotgoError(error, 'BOTGO_PROTOCOL')));
  });

  it('quotes nothing of what users wrote in an error', () => {
    try {
      parseData('{"content":"a secret plan" x');
      expect.unreachable();
    } catch (error) {
      expect(String(error) + String((error as Error).cause)).not.toContain('secret');
    }
  });
});

describe('parseData', () => {
  it('is the member d', () => {
    expect(parseData<{ id: string }>(JSON.stringify(frame)).id).toBe('m1');
    expect(parseData('{"op":11}')).toBeUndefined();
  });

  it('keeps all digits of forum ids that came as numbers', () => {
    const text =
      '{"op":0,"t":"FORUM_THREAD_CREATE","d":{"guild_id":1152921504606847001,"channel_id":7000101}}';
    expect(parseData(text)).toEqual({ guild_id: '1152921504606847001', channel_id: '7000101' });
  });
});

describe('toIncomingEvent', () => {
  it('leaves out an id or a number of the wrong kind', () => {
    const event = toIncomingEvent({ op: 0, t: 'X', id: 5, s: '6', d: null });
    expect(event).toEqual({ t: 'X', id: undefined, s: undefined, d: null });
    expect(toIncomingEvent({ op: 0, t: 'X', id: '' })?.id).toBeUndefined();
  });
});
