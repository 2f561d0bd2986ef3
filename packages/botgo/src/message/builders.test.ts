import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errs/index.js';
import {
  ark,
  callbackButton,
  commandButton,
  embed,
  image,
  keyboard,
  keyboardTemplate,
  largeImageArk,
  linkButton,
  linkListArk,
  markdown,
  media,
  subscribeButton,
  text,
  thumbnailArk,
} from './index.js';

describe('markdown', () => {
  it('is text, or a template with its parameters', () => {
    expect(markdown('# hi')).toEqual({ kind: 'markdown', markdown: { content: '# hi' } });
    const params = { title: 'hi', list: ['a', 'b'] };
    expect(markdown({ custom_template_id: 't', params }).markdown).toEqual({
      custom_template_id: 't',
      params: [
        { key: 'title', values: ['hi'] },
        { key: 'list', values: ['a', 'b'] },
      ],
    });
    expect(markdown({ template_id: 5 }).markdown).toEqual({ template_id: 5 });
    expect(
      markdown({ content: 'x', style: { layout: 'hide_avatar_and_center' } }).markdown.style,
    ).toBeDefined();
  });

  it('carries a keyboard', () => {
    const keys = keyboardTemplate('k');
    expect(markdown('hi', keys).keyboard).toEqual({ id: 'k' });
  });

  it.each([
    ['text and a template', { content: 'x', template_id: 1 }],
    ['text and parameters', { content: 'x', params: { a: 'b' } }],
    ['neither', {}],
    ['an empty text', { content: '' }],
    ['an empty parameter', { template_id: 1, params: { a: '' } }],
    ['an empty list', { template_id: 1, params: { a: [] } }],
  ])('refuses %s', (_case, source) => {
    expect(() => markdown(source as never)).toThrow(ConfigError);
  });
});

describe('ark', () => {
  it('takes variables by name', () => {
    expect(
      ark(100, { DESC: 'd', '#X#': 'y', LIST: [{ desc: 'a', link: 'l' }], NONE: undefined }).ark,
    ).toEqual({
      template_id: 100,
      kv: [
        { key: '#DESC#', value: 'd' },
        { key: '#X#', value: 'y' },
        {
          key: '#LIST#',
          obj: [
            {
              obj_kv: [
                { key: 'desc', value: 'a' },
                { key: 'link', value: 'l' },
              ],
            },
          ],
        },
      ],
    });
  });

  it('knows the three templates that everybody has', () => {
    const keys = (card: { ark: { kv: { key: string }[] } }) => card.ark.kv.map(({ key }) => key);
    const list = linkListArk({ desc: 'd', prompt: 'p', list: [{ desc: 'a' }, { desc: 'b', link: 'l' }] });
    expect(list.ark.template_id).toBe(23);
    expect(keys(list)).toEqual(['#DESC#', '#PROMPT#', '#LIST#']);
    expect(list.ark.kv[2]?.obj?.[0]).toEqual({ obj_kv: [{ key: 'desc', value: 'a' }] });
    const thumb = thumbnailArk({
      desc: 'd',
      prompt: 'p',
      title: 't',
      metadesc: 'm',
      img: 'i',
      link: 'l',
      subtitle: 's',
    });
    expect(thumb.ark.template_id).toBe(24);
    expect(keys(thumb)).toEqual('#DESC# #PROMPT# #TITLE# #METADESC# #IMG# #LINK# #SUBTITLE#'.split(' '));
    const large = largeImageArk({
      prompt: 'p',
      metatitle: 't',
      metasubtitle: 's',
      metacover: 'c',
      metaurl: 'u',
    });
    expect(large.ark.template_id).toBe(37);
    expect(keys(large)).toEqual('#PROMPT# #METATITLE# #METASUBTITLE# #METACOVER# #METAURL#'.split(' '));
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses the template id %d', (id) => {
    expect(() => ark(id, {})).toThrow(ConfigError);
  });
});

describe('keyboard', () => {
  const button = linkButton({ id: 'a', label: 'go', url: 'https://example.com' });

  it('sends every type in numbers, 0 included', () => {
    expect(button).toEqual({
      id: 'a',
      render_data: { label: 'go', visited_label: 'go', style: 1 },
      action: {
        type: 0,
        permission: { type: 2 },
        data: 'https://example.com',
        unsupport_tips: expect.any(String),
      },
    });
    const forUsers = callbackButton({ label: 'ok', data: 'd', for: { users: ['u'] }, style: 0 });
    expect(forUsers.action).toMatchObject({ type: 1, permission: { type: 0, specify_user_ids: ['u'] } });
    expect(forUsers.render_data.style).toBe(0);
    const forRoles = callbackButton({ label: 'ok', data: 'd', for: { roles: ['4'] } });
    expect(forRoles.action.permission).toEqual({ type: 3, specify_role_ids: ['4'] });
    const command = commandButton({
      label: 'c',
      visitedLabel: 'v',
      command: '/天气',
      enter: true,
      reply: false,
      for: 'managers',
      unsupportTips: 'update',
    });
    expect(command).toEqual({
      render_data: { label: 'c', visited_label: 'v', style: 1 },
      action: {
        type: 2,
        permission: { type: 1 },
        data: '/天气',
        enter: true,
        reply: false,
        unsupport_tips: 'update',
      },
    });
  });

  it('asks first, disables the others of its group, picks an image, subscribes', () => {
    const vote = callbackButton({
      label: 'yes',
      data: 'y',
      groupId: 'votes',
      confirm: { question: 'Sure?', yes: 'Yes', no: 'No' },
    });
    expect(vote).toMatchObject({
      group_id: 'votes',
      action: { modal: { content: 'Sure?', confirm_text: 'Yes', cancel_text: 'No' } },
    });
    expect(linkButton({ label: 'go', url: 'u', confirm: { question: 'Go?' } }).action.modal).toEqual({
      content: 'Go?',
    });
    expect(commandButton({ label: 'p', command: '/p', picksImage: true }).action.anchor).toBe(1);
    expect(subscribeButton({ label: 'news', templates: [7, 'weather'] }).action).toMatchObject({
      type: 4,
      subscribe_data: { template_ids: [{ template_id: 7 }, { custom_template_id: 'weather' }] },
    });
  });

  it('has rows of buttons', () => {
    expect(keyboard([[button]], { font_size: 'small' })).toEqual({
      content: { rows: [{ buttons: [button] }], style: { font_size: 'small' } },
    });
  });

  it.each([
    ['no row', () => keyboard([])],
    ['six rows', () => keyboard(Array.from({ length: 6 }, () => [linkButton({ label: 'x', url: 'u' })]))],
    ['an empty row', () => keyboard([[]])],
    ['six in a row', () => keyboard([Array.from({ length: 6 }, () => linkButton({ label: 'x', url: 'u' }))])],
    ['an id twice', () => keyboard([[button], [button]])],
    ['no label', () => linkButton({ label: '', url: 'u' })],
    ['no link', () => linkButton({ label: 'x', url: '' })],
    ['a long question', () => linkButton({ label: 'x', url: 'u', confirm: { question: 'x'.repeat(41) } })],
    ['no question', () => linkButton({ label: 'x', url: 'u', confirm: { question: '' } })],
    ['a long answer', () => linkButton({ label: 'x', url: 'u', confirm: { question: 'x', no: 'never' } })],
    ['an empty group', () => callbackButton({ label: 'x', data: 'd', groupId: '' })],
    ['no template', () => subscribeButton({ label: 'x', templates: [] })],
    ['nobody', () => linkButton({ label: 'x', url: 'u', for: { users: [] } })],
    ['an empty template id', () => keyboardTemplate('')],
  ])('refuses %s', (_case, make) => {
    expect(make).toThrow(ConfigError);
  });
});

describe('the rest', () => {
  it('keeps what it is given', () => {
    const bytes = new Uint8Array(1);
    expect(text('hi')).toEqual({ kind: 'text', content: 'hi' });
    expect(embed({ title: 't' })).toEqual({ kind: 'embed', embed: { title: 't' } });
    expect(image('https://example.com/a.png')).toEqual({ kind: 'image', image: 'https://example.com/a.png' });
    expect(image(bytes, 'look')).toEqual({ kind: 'image', image: bytes, content: 'look' });
    expect(media('F')).toEqual({ kind: 'media', fileInfo: 'F' });
    expect(media('F', 'look')).toEqual({ kind: 'media', fileInfo: 'F', content: 'look' });
  });

  it.each([
    ['an empty text', () => text('')],
    ['an embed of nothing', () => embed({ fields: [] })],
    ['an image by path', () => image('./a.png')],
    ['media without file_info', () => media('')],
  ])('refuses %s', (_case, make) => {
    expect(make).toThrow(ConfigError);
  });
});
