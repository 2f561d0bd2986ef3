// `npm run -s coverage [-- --json] [--traffic FILE] [--facts DIR] [--dist DIR]`: what the facts about the platform and
// about BotGo name, and what of it the SDK has, the simulator answers and the tests exercise from end to end. Exit code 0
// only when nothing is missing. It builds, and runs the tour (e2e/tour) to see what crosses the wire;
// `--traffic` names the record of such a run to use instead, `--dist` a built `botgo` to look at.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { checkBotgo, rowId } from './coverage/botgo.mjs';
import { Declarations } from './coverage/declarations.mjs';
import { checkErrors } from './coverage/errors.mjs';
import { checkEvents } from './coverage/events.mjs';
import { judge, readEvidence } from './coverage/evidence.mjs';
import { checkObjects } from './coverage/objects.mjs';
import { checkMethods } from './coverage/openapi.mjs';
import { area, text } from './coverage/report.mjs';
import { runTour } from './coverage/run-tour.mjs';
import { readTables } from './coverage/tables.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    traffic: { type: 'string' },
    facts: { type: 'string', default: resolve(root, 'facts') },
    dist: { type: 'string' },
  },
});
if (options.dist === undefined) build();
const dist = resolve(options.dist ?? resolve(root, 'packages/botgo/dist'));
const tables = readTables(resolve(options.facts));
const declarations = new Declarations();
const files = { dto: resolve(dist, 'dto/index.d.ts'), openapi: resolve(dist, 'openapi/index.d.ts') };
const load = (path) => import(pathToFileURL(resolve(dist, path, 'index.js')).href);

const methods = await checkMethods(tables, declarations, files.openapi, load);
const events = checkEvents(tables, await load('dto'), declarations, files.dto);
const objects = checkObjects(tables, declarations, files.dto);
const errors = checkErrors(tables, await load('errs'));
const botgo = await checkBotgo(tables, declarations, locate);
const { wire, testsPassed } = await watchTests();

const areas = {
  openapi: area(
    tables.openapi.map((row) => row.method),
    { sdk: methods.problems, ...wire.openapi },
    methods.unknown,
  ),
  events: area(
    tables.events.map((row) => row.t),
    { sdk: events.problems, ...wire.events },
    events.unknown,
  ),
  objects: area(
    tables.objects.map((row) => row.id),
    { sdk: objects.problems, ...wire.objects },
    objects.unknown,
  ),
  errors: area(
    tables.errors.map((row) => String(row.code)),
    { known: errors.problems },
    errors.unknown,
  ),
  botgo: area(tables.botgo.map(rowId), { answered: botgo.problems }, botgo.unknown),
};
const ok = testsPassed && Object.values(areas).every(({ missing }) => missing.length === 0);
process.stdout.write(text({ ok, ...areas }));
if (options.json) process.stdout.write(`${JSON.stringify({ ok, ...areas })}\n`);
process.exitCode = ok ? 0 : 1;

/** What crosses the wire, from the tests or from the record of an earlier run. */
async function watchTests() {
  const { sdkVersion } = await load('.');
  const agent = sdkVersion?.() ?? 'BotGoSDK/';
  if (options.traffic !== undefined) {
    const evidence = readEvidence(resolve(options.traffic), tables, declarations, files, agent);
    return { wire: judge(evidence, tables), testsPassed: true };
  }
  const folder = mkdtempSync(join(tmpdir(), 'botgo-coverage-'));
  try {
    const traffic = join(folder, 'traffic.ndjson');
    const code = await runTour(root, traffic);
    return {
      wire: judge(readEvidence(traffic, tables, declarations, files, agent), tables),
      testsPassed: code === 0,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Declarations and code of a module by its import name; `botgo` may be another build than the workspace's. */
function locate(module) {
  const [, scoped, path = ''] = /^(?:botgo|@botgo\/([\w-]+))(?:\/(\w+))?$/.exec(module) ?? [];
  const folder = scoped === undefined ? dist : resolve(root, 'packages', scoped, 'dist');
  return {
    file: resolve(folder, path, 'index.d.ts'),
    load: () => import(pathToFileURL(resolve(folder, path, 'index.js')).href),
  };
}
