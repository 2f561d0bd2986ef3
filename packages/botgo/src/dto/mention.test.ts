import { describe, expect, it } from 'vitest';
import { emoji, etlInput, mentionAllUser, mentionChannel, mentionUser, parseCommand } from './index.js';

describe('etlInput', () => {
  it.each([
    ['<@!123> hello', 'hello'],
    ['<@123> hello', 'hello'],
    ['<@!123>\u00a0hello', 'hello'],
    ['hello\u00a0<@123>\u00a0', 'hello'],
    ['<@!1><@2> hello', 'hello'],
    ['say <@!1> <@!2> again', 'say again'],
    ['two  spaces stay', 'two  spaces stay'],
    ['<#77> <emoji:4> stay', '<#77> <emoji:4> stay'],
    ['<@abc> stays', '<@abc> stays'],
    ['', ''],
  ])('%j becomes %j', (input, text) => {
    expect(etlInput(input)).toBe(text);
  });
});

describe('parseCommand', () => {
  it.each([
    ['<@!123> /天气 北京', '/天气', '北京'],
    ['<@123>\u00a0/weather\u00a0Beijing now', '/weather', 'Beijing now'],
    ['/weather <@!1> <@2> now', '/weather', 'now'],
    ['/ping', '/ping', ''],
    ['/say  two  spaces', '/say', 'two  spaces'],
    ['/say\nline', '/say', 'line'],
    ['', '', ''],
  ])('%j is %j with %j', (input, cmd, content) => {
    expect(parseCommand(input)).toEqual({ cmd, content });
  });
});

it('writes what the platform reads', () => {
  expect(mentionUser('9')).toBe('<@9>');
  expect(mentionAllUser()).toBe('@everyone');
  expect(mentionChannel('7')).toBe('<#7>');
  expect(emoji(4)).toBe('<emoji:4>');
});
