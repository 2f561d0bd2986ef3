// Is every exported name of BotGo answered, and does each answer name something that is really exported?
//
// facts/botgo-answers.json: package → kind → name → answer. An answer is `"<module> <name>[.<member>…]"`, or
// `{ts, note}` for one that needs a word, or `{none}` with the reason why the language needs nothing.
import { existsSync } from 'node:fs';

/** @returns {{ts?: string, note?: string, none?: string} | undefined} */
export function answerOf(answers, { package: go, kind, name }) {
  const answer = answers[go]?.[kind]?.[name];
  return typeof answer === 'string' ? { ts: answer } : answer;
}

/**
 * @param {(module: string) => {file: string, load: () => Promise<object>}} locate - Finds a module by its import name.
 * @returns Problems by row id, and answers to names that BotGo does not have.
 */
export async function checkBotgo(tables, declarations, locate) {
  const problems = new Map();
  const rows = new Set();
  for (const row of tables.botgo) {
    const id = rowId(row);
    rows.add(id);
    const problem = await problemOf(answerOf(tables.botgoAnswers, row), declarations, locate);
    if (problem !== undefined) problems.set(id, problem);
  }
  const unknown = [];
  for (const [go, kinds] of Object.entries(tables.botgoAnswers)) {
    for (const [kind, names] of Object.entries(kinds)) {
      for (const name of Object.keys(names)) {
        const id = rowId({ package: go, kind, name });
        if (!rows.has(id)) unknown.push(id);
      }
    }
  }
  return { problems, unknown };
}

export function rowId({ package: go, kind, name }) {
  return `${go} ${kind} ${name}`;
}

async function problemOf(answer, declarations, locate) {
  if (answer === undefined) return 'not answered';
  if (answer.ts === undefined)
    return (answer.none?.length ?? 0) > 0 ? undefined : 'answered without a name or a reason';
  const [module, path] = answer.ts.split(' ');
  const { file, load } = locate(module);
  if (!existsSync(file)) return `${module} is not built`;
  const [name, ...members] = path.split('.');
  const found = declarations.exported(file, name);
  if (found === undefined) return `${module} does not export ${name}`;
  if (found.value !== undefined && !(name in (await load())))
    return `${module} declares ${name} and has no such value`;
  let fields = declarations.membersOf(file, name);
  for (const member of members) {
    const next = fields?.get(member);
    if (next === undefined) return `${module} has no ${path}`;
    fields = declarations.members(next.type, next.file, next.bound);
  }
  return undefined;
}
