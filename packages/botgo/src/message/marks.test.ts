import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errs/index.js';
import { atEveryone, atUser, escapeContent, inputCommand, mentionedUsers, sendCommand } from './index.js';

describe('marks', () => {
  it('are what the documents of the platform show', () => {
    expect(atUser('9007199254741001')).toBe('<qqbot-at-user id="9007199254741001" />');
    expect(atEveryone()).toBe('<qqbot-at-everyone />');
    expect(sendCommand('/天气 "北京"')).toBe(
      '<qqbot-cmd-enter text="%2F%E5%A4%A9%E6%B0%94%20%22%E5%8C%97%E4%BA%AC%22" />',
    );
    expect(inputCommand('/help')).toBe('<qqbot-cmd-input text="%2Fhelp" show="%2Fhelp" reference="false" />');
    expect(inputCommand('/a', { show: 'A', reference: true })).toBe(
      '<qqbot-cmd-input text="%2Fa" show="A" reference="true" />',
    );
  });

  it('stay what they are when the text around them is escaped', () => {
    const text = `${atUser('1')} <b> ${atEveryone()} ${sendCommand('<')} ${inputCommand('>', { show: '&' })}`;
    expect(escapeContent(text)).toBe(text.replace('<b>', '&lt;b&gt;'));
  });

  it.each([
    ['an id with a quote', () => atUser('1" /><qqbot-at-everyone id="')],
    ['no id', () => atUser('')],
    ['no command', () => sendCommand('')],
    ['a long command', () => sendCommand('x'.repeat(101))],
    ['a long word', () => inputCommand('x', { show: 'x'.repeat(101) })],
    ['half a character', () => inputCommand('\ud800')],
  ])('are refused for %s', (_case, make) => {
    expect(make).toThrow(ConfigError);
  });
});

it('tells whom a text mentions', () => {
  expect(mentionedUsers('<@!1> and <@2>, <@1>, <qqbot-at-user id="OPENID-3" /> but not <#4> or 5')).toEqual([
    '1',
    '2',
    'OPENID-3',
  ]);
  expect(mentionedUsers('nobody')).toEqual([]);
});
