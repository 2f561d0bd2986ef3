import { describe, expect, it } from 'vitest';
import { ALL_INTENTS, eventNames, includesEvent, intentOf } from './intents.js';

describe('the intents table', () => {
  it('has the 57 events of the documents, each under one of 15 bits', () => {
    expect(eventNames()).toHaveLength(57);
    expect(new Set(eventNames()).size).toBe(57);
    expect(ALL_INTENTS.toString(2).match(/1/g)).toHaveLength(15);
  });

  it.each([
    ['AT_MESSAGE_CREATE', 30],
    ['MESSAGE_CREATE', 9],
    ['C2C_MESSAGE_CREATE', 25],
    ['INTERACTION_CREATE', 26],
    ['GROUP_JOIN_REQUEST', 24],
  ])('sends %s under bit %i', (event, bit) => {
    expect(intentOf(event)).toBe(1 << bit);
    expect(includesEvent(1 << bit, event)).toBe(true);
    expect(includesEvent(ALL_INTENTS & ~(1 << bit), event)).toBe(false);
  });

  it('lets events that it does not know through', () => {
    expect(includesEvent(0, 'SOMETHING_NEW')).toBe(true);
  });
});
