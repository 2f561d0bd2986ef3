// What every package exports: a line for each name, with the public members of classes. `facts/api-surface.txt` holds it, so that a
// change of the surface is seen in a review; a test compares the two. `node scripts/api-surface.mjs` prints it from the built packages;
// with `--write` it brings the file up to date.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Declarations } from './coverage/declarations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const FILE = join(root, 'facts/api-surface.txt');
const HEAD = `# What the packages export. Written by \`node scripts/api-surface.mjs --write\`.
# A name that goes, or that means something else, breaks programs; a new one is promised from then on.
`;

/** Every specifier that a user can import, with its declarations: `botgo/dto` before `botgo`, which gathers them. */
function entries() {
  const found = [];
  for (const folder of readdirSync(join(root, 'packages')).sort()) {
    const path = join(root, 'packages', folder);
    if (!existsSync(join(path, 'package.json'))) continue;
    const { name, exports = {} } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    const own = Object.entries(exports)
      .filter(([, target]) => typeof target === 'object' && typeof target.types === 'string')
      .map(([subpath, { types }]) => ({ specifier: name + subpath.slice(1), file: resolve(path, types) }));
    found.push(
      ...own.sort((a, b) => b.specifier.length - a.specifier.length || (a.specifier < b.specifier ? -1 : 1)),
    );
  }
  return found;
}

function headline({ type, value, isType }, name) {
  if (value === undefined || isType) return `type ${name}`;
  return `${value.kind} ${name}${value.kind !== 'class' && type !== undefined ? ' (and type)' : ''}`;
}

function membersOf(declarations, { type, value, file }) {
  if (value?.kind !== 'class') return [];
  return [...declarations.members(type.type, file, new Map()).keys()]
    .filter((member) => !member.startsWith('#'))
    .sort()
    .map((member) => `  .${member}`);
}

/** @returns {string} */
export function apiSurfaceText() {
  const declarations = new Declarations();
  /** Where a declaration was listed first. */
  const listed = new Map();
  const sections = entries().map(({ specifier, file }) => {
    const lines = [...declarations.exportedNames(file)].sort().flatMap((name) => {
      const found = declarations.exported(file, name);
      if (found === undefined) return [`${name} (of another package)`];
      const identity = `${found.file} ${name}`;
      const first = listed.get(identity);
      if (first !== undefined) return [`${headline(found, name)} = ${first}`];
      listed.set(identity, specifier);
      return [headline(found, name), ...membersOf(declarations, found)];
    });
    return `\n${specifier}\n${lines.map((line) => `  ${line}\n`).join('')}`;
  });
  return HEAD + sections.join('');
}

/** What the file says. @returns {string} */
export function apiSurfaceOnFile() {
  return readFileSync(FILE, 'utf8');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes('--write')) writeFileSync(FILE, apiSurfaceText());
  else process.stdout.write(apiSurfaceText());
}
