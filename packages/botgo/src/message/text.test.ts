import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeContent, escapeText, messageText, unescapeText } from './text.js';

describe('escaping of channel text', () => {
  it.each([
    ['1 < 2 & 3 > 2', '1 &lt; 2 &amp; 3 &gt; 2'],
    ['<@123> hi', '<@123> hi'],
    ['<@!123>&<#7>', '<@!123>&amp;<#7>'],
    ['<emoji:4> <emoji:x>', '<emoji:4> &lt;emoji:x&gt;'],
    ['<qqbot-at-user id="1" /> <qqbot-at-everyone />', '<qqbot-at-user id="1" /> <qqbot-at-everyone />'],
    ['<qqbot-cmd-input text="a" show="b" />', '<qqbot-cmd-input text="a" show="b" />'],
    ['<b>bold</b>', '&lt;b&gt;bold&lt;/b&gt;'],
    ['&lt;', '&amp;lt;'],
    ['', ''],
  ])('%j', (content, escaped) => {
    expect(escapeContent(content)).toBe(escaped);
  });

  it('leaves nothing of what other people wrote standing', () => {
    expect(escapeText('<@123> & <#7>')).toBe('&lt;@123&gt; &amp; &lt;#7&gt;');
  });

  it('is undone by unescaping, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => unescapeText(escapeText(text)) === text));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('&', '<', '>', 'amp;', 'lt;', '@', '!', '1', '#', ' ')),
        (parts) => {
          const text = parts.join('');
          return unescapeText(escapeContent(text)) === text;
        },
      ),
    );
  });
});

describe('what a person wrote', () => {
  it.each([
    ['AT_MESSAGE_CREATE', { id: 'm', channel_id: 'c', content: '<@!3141> hello  ' }, 'hello'],
    ['MESSAGE_CREATE', { id: 'm', channel_id: 'c', content: '1 &lt; 2 &amp;amp; <@5> x' }, '1 < 2 &amp; x'],
    ['DIRECT_MESSAGE_CREATE', { id: 'm', guild_id: 'g', content: '&lt;@5&gt;' }, '<@5>'],
    ['GROUP_AT_MESSAGE_CREATE', { id: 'm', group_openid: 'G', content: ' hello &amp;' }, 'hello &amp;'],
    [
      'GROUP_MESSAGE_CREATE',
      {
        id: 'm',
        group_openid: 'G',
        content: '<@00AA> hi <@!BB>',
        mentions: [{ member_openid: '00AA' }, { id: 'BB' }],
      },
      'hi',
    ],
    ['C2C_MESSAGE_CREATE', { id: 'm', author: { user_openid: 'u' }, content: ' /天气 ' }, '/天气'],
    ['AT_MESSAGE_CREATE', { id: 'm', channel_id: 'c' }, ''],
    ['AT_MESSAGE_CREATE', { id: 'm', channel_id: 'c', content: 7 }, ''],
    ['GROUP_MESSAGE_CREATE', { id: 'm', group_openid: 'G', content: 'x', mentions: 'y' }, 'x'],
    ['FRIEND_ADD', { openid: 'u', content: 'x' }, ''],
  ])('%s %j', (t, d, text) => {
    expect(messageText({ t, d })).toBe(text);
  });
});
