// Prints who imports whom, as the code says it: a line a room, `room -> rooms`. ARCHITECTURE.md holds it beside its map; a test
// compares the two. `node scripts/import-graph.mjs`; with `--write` it brings the page up to date.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const SDK = 'packages/botgo/src';

function sources(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((file) => /\.tsx?$/.test(file) && !/\.test(-d)?\.tsx?$/.test(file) && statSync(file).isFile());
}

/** `gateway` for a file of the SDK, `@botgo/redis` for one of another package. */
function roomOf(file) {
  const path = relative(root, file).replaceAll('\\', '/');
  if (path.startsWith(`${SDK}/`)) {
    const [folder, rest] = path.slice(SDK.length + 1).split('/');
    return rest === undefined ? folder.replace(/\.(ts|js)$/, '') : folder;
  }
  return JSON.parse(readFileSync(join(root, path.split('/').slice(0, 2).join('/'), 'package.json'), 'utf8'))
    .name;
}

function targetOf(file, specifier) {
  if (specifier.startsWith('.')) return roomOf(join(dirname(file), specifier));
  return /^(botgo|@botgo\/[\w-]+)(\/|$)/.test(specifier) ? specifier : undefined;
}

/** Room → rooms it imports, both sorted. */
export function importGraph() {
  const graph = new Map();
  const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name, 'src'));
  for (const file of packages.flatMap(sources)) {
    const room = roomOf(file);
    const targets = graph.get(room) ?? new Set();
    graph.set(room, targets);
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\b[^;]*?\bfrom '([^']+)'/gms,
    )) {
      const target = targetOf(file, specifier);
      if (target !== undefined && target !== room) targets.add(target);
    }
  }
  return [...graph]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([room, targets]) => [room, [...targets].sort()]);
}

/** The graph as text. */
export function importGraphText() {
  return importGraph()
    .map(([room, targets]) => `${room} -> ${targets.join(' ') || '(nothing)'}`)
    .join('\n');
}

const page = join(root, 'ARCHITECTURE.md');
const BLOCK = /(<!-- import-graph -->\n```\n)([\s\S]*?)(\n```\n<!-- \/import-graph -->)/;

/** The graph that ARCHITECTURE.md shows. */
export function importGraphOnPage() {
  return BLOCK.exec(readFileSync(page, 'utf8'))?.[2];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--write'))
    writeFileSync(
      page,
      readFileSync(page, 'utf8').replace(BLOCK, (_, head, _old, tail) => head + importGraphText() + tail),
    );
  else process.stdout.write(`${importGraphText()}\n`);
}
