// Writes docs/from-botgo.md and docs/from-botgo.zh-CN.md from the answers to BotGo's exported names.
import { answerOf } from './botgo.mjs';

const texts = {
  en: {
    title: 'From BotGo to botgo for TypeScript',
    other: '[中文](from-botgo.zh-CN.md)',
    intro: [
      'Every name that BotGo exports (v0.1.6, v0.1.7 and its newest state), and what stands for it here. This page is generated',
      'from `facts/botgo-answers.json` by `npm run -s docs:from-botgo`; `npm run coverage` checks that each name is really exported.',
    ],
    rulesTitle: 'What changes everywhere',
    rules: [
      'A function or method has the same name with a small first letter, the same arguments without `ctx`, and returns a promise. Where Go takes a context, an `AbortSignal` goes into the options, which come last; a handler gets that of its run in a third argument, `run`, which may be passed on as those options.',
      'A field on the wire has the name that it has on the wire: `GuildID` is `guild_id`. Fields of our own options and sessions are in camelCase.',
      'A constant of a group is a member of a table: `ChannelTypeText` is `ChannelType.Text`. A value that is in no table still type-checks.',
      'An error is thrown as a `BotgoError` with a `code` to switch on.',
      'Nothing is global but what `defaults` keeps for the functions named `set…` and `select…`: two bots of one process share nothing else.',
    ],
    packageTitle: (name) => (name === '.' ? 'botgo (the package itself)' : name),
    columns: ['Go', 'TypeScript', ''],
    fields: 'Fields',
    kinds: {
      func: 'Functions',
      type: 'Types',
      const: 'Constants',
      var: 'Variables',
      method: 'Methods',
      interfaceMethod: 'Methods of interfaces',
      field: 'Fields',
    },
    nothing: '–',
    only: { old: 'v0.1.6 only', new: 'from v0.1.7', newest: 'newest state' },
  },
  zh: {
    title: '从 BotGo 迁移到 botgo（TypeScript）',
    other: '[English](from-botgo.md)',
    intro: [
      'BotGo（v0.1.6、v0.1.7 及其最新代码）导出的每一个名字，以及它在这里的对应。本页由 `npm run -s docs:from-botgo`',
      '根据 `facts/botgo-answers.json` 生成；`npm run coverage` 会检查每个名字确实已导出。',
    ],
    rulesTitle: '处处适用的变化',
    rules: [
      '函数与方法同名，首字母小写，参数相同但没有 `ctx`，返回 Promise。Go 中传 context 的地方，这里在最后的选项参数里传 `AbortSignal`；处理函数的第三个参数 `run` 带着本次处理的信号，可以直接作为选项传下去。',
      '协议字段沿用协议里的名字：`GuildID` 就是 `guild_id`。我们自己的选项与会话字段用 camelCase。',
      '一组常量变成一张表的成员：`ChannelTypeText` 是 `ChannelType.Text`。表里没有的值同样能通过类型检查。',
      '错误以 `BotgoError` 抛出，用 `code` 判断。',
      '除了 `defaults` 为 `set…` 与 `select…` 系列函数保存的内容，没有全局状态：同一进程里的两个机器人互不影响。',
    ],
    packageTitle: (name) => (name === '.' ? 'botgo（包本身）' : name),
    columns: ['Go', 'TypeScript', ''],
    fields: '字段',
    kinds: {
      func: '函数',
      type: '类型',
      const: '常量',
      var: '变量',
      method: '方法',
      interfaceMethod: '接口方法',
      field: '字段',
    },
    nothing: '–',
    only: { old: '仅 v0.1.6', new: 'v0.1.7 起', newest: '最新代码' },
  },
};

const kindOrder = ['func', 'type', 'interfaceMethod', 'method', 'const', 'var', 'field'];

/**
 * @param tables - With `botgoChinese`: the notes and reasons in Chinese, by their English text.
 * @returns {{en: string, zh: string}}
 * @throws When a note has no translation.
 */
export function writeGuides(tables) {
  const missing = new Set();
  const translate = (note) => {
    const text = tables.botgoChinese[note];
    if (text === undefined) missing.add(note);
    return text ?? note;
  };
  const guides = {
    en: writeGuide(tables, texts.en, (note) => note),
    zh: writeGuide(tables, texts.zh, translate),
  };
  if (missing.size > 0) throw new Error(`no Chinese text for: ${[...missing].join(' | ')}`);
  return guides;
}

function writeGuide(tables, words, say) {
  const lines = [`# ${words.title}`, '', words.other, '', ...words.intro, '', `## ${words.rulesTitle}`, ''];
  lines.push(...words.rules.map((rule) => `- ${rule}`));
  for (const [name, rows] of groupBy(tables.botgo, (row) => row.package)) {
    lines.push('', `## ${words.packageTitle(name)}`);
    const kinds = groupBy(rows, (row) => row.kind);
    for (const kind of kindOrder) {
      const ofKind = kinds.get(kind);
      if (ofKind === undefined) continue;
      lines.push('', `### ${name === '.' ? '' : `${name}: `}${words.kinds[kind]}`.trimEnd(), '');
      lines.push(...(kind === 'field' ? fieldLines : rowLines)(ofKind, tables, words, say));
    }
  }
  return `${lines.join('\n')}\n`;
}

function rowLines(rows, tables, words, say) {
  const lines = [`| ${words.columns.join(' | ')} |`, '| --- | --- | --- |'];
  for (const row of rows) {
    const answer = answerOf(tables.botgoAnswers, row) ?? {};
    const note = answer.none ?? answer.note;
    const notes = [since(row, words), note === undefined ? undefined : say(note)].filter(
      (part) => part !== undefined,
    );
    lines.push(`| \`${row.name}\` | ${code(answer.ts, words)} | ${notes.join('; ')} |`);
  }
  return lines;
}

/** One line per type: what became of its fields, then which have no counterpart, by reason. */
function fieldLines(rows, tables, words, say) {
  const lines = [];
  for (const [type, fields] of groupBy(rows, (row) => row.name.split('.', 1)[0])) {
    const parts = [];
    const without = new Map();
    for (const row of fields) {
      const { ts, note, none = '' } = answerOf(tables.botgoAnswers, row) ?? {};
      const field = `\`${row.name.slice(type.length + 1)}\``;
      if (ts === undefined) without.set(none, [...(without.get(none) ?? []), field]);
      else parts.push(`${field} → \`${fieldPath(type, ts)}\`${note === undefined ? '' : ` (${say(note)})`}`);
    }
    for (const [reason, names] of without) {
      parts.push(`${names.join(', ')}: ${reason === '' ? words.nothing : say(reason)}`);
    }
    lines.push(`- \`${type}\`: ${parts.join('; ')}`);
  }
  return lines;
}

/** A field's path without its type where the type has the same name. */
function fieldPath(type, ts) {
  const [, path] = ts.split(' ');
  const [owner, ...rest] = path.split('.');
  return owner === type ? rest.join('.') : path;
}

function code(ts, words) {
  if (ts === undefined) return words.nothing;
  const [module, path] = ts.split(' ');
  return `\`${path}\` (${module})`;
}

function since({ versions }, words) {
  if (versions.includes('v0.1.6')) return versions.includes('head') ? undefined : words.only.old;
  return versions.includes('v0.1.7') ? words.only.new : words.only.newest;
}

function groupBy(rows, key) {
  const groups = new Map();
  for (const row of rows) {
    const name = key(row);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return groups;
}
