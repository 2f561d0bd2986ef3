import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { leftOut } from '../services/index.js';
import { STORES, type StoreKind } from './options.js';
import { play } from './play.js';
import { SCENARIOS } from './scenarios.js';

/** The order of the table: the stores of a cluster first. */
const ORDER: readonly StoreKind[] = ['redis', 'etcd', 'memory'];

const HEAD = [
  'scenario',
  'store',
  'events',
  'lost',
  'reordered',
  'gaps missing, false',
  'twice',
  'twice without leave',
  'identifies',
  'resumes',
  'moves',
  'longest delay',
  'goal',
];

/**
 * `chaos -- table`: every scenario on every store that it knows, and the rows of the table in `docs/reliability.md` on standard output.
 * @param args - `--store` and `--scenario` for a part of it, and what a scenario takes; where nothing is said, a scenario's own defaults
 */
export async function table(args: readonly string[], say: (line: string) => void): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: 'string', multiple: true, default: [...STORES] },
      scenario: { type: 'string', multiple: true, default: Object.keys(SCENARIOS) },
      nodes: { type: 'string', default: '4' },
      shards: { type: 'string' },
      rate: { type: 'string' },
      seconds: { type: 'string' },
      'lease-ms': { type: 'string' },
      seed: { type: 'string', default: '7' },
      set: { type: 'string', multiple: true, default: [] },
      out: { type: 'string' },
    },
  });
  const { store, scenario, nodes, set, out, ...load } = values;
  const folder = out === undefined ? mkdtempSync(join(tmpdir(), 'botgo-chaos-table-')) : resolve(out);
  const without = leftOut();
  const common = [
    ...Object.entries(load).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value])),
    ...set.flatMap((one) => ['--set', one]),
  ];
  let isOk = true;
  print(HEAD);
  print(HEAD.map(() => '---'));
  for (const kind of ORDER.filter((one) => store.includes(one) && !without.has(one))) {
    for (const [name, { what, stores }] of Object.entries(SCENARIOS)) {
      if (!scenario.includes(name) || !stores.includes(kind)) continue;
      const record = join(folder, `${name}-${kind}`);
      const size = kind === 'memory' ? [] : ['--nodes', nodes];
      const { ok, result, problems, again } = await play(
        [name, '--store', kind, ...size, ...common, '--out', record],
        () => {},
      );
      print([`${name}: ${what}`, kind, ...figures(result)]);
      if (ok) continue;
      isOk = false;
      for (const problem of problems) say(`✗ ${name} on ${kind}: ${problem}`);
      say(`Again: ${again}`);
    }
  }
  say(`The raw records are in ${folder}`);
  return isOk;
}

function figures(result: Readonly<Record<string, unknown>>): string[] {
  const of = (name: string): string => String(result[name]);
  const seconds = (name: string): string => `${(Number(result[name]) / 1_000).toFixed(1)} s`;
  return [
    of('events'),
    of('lost'),
    of('reordered'),
    `${of('gapsMissing')}, ${of('gapsFalse')}`,
    of('duplicated'),
    of('duplicatedOutside'),
    of('identifies'),
    of('resumes'),
    of('moves'),
    seconds('delayMaxMs'),
    seconds('goalMs'),
  ];
}

function print(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
