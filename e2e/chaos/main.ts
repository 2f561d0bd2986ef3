import { type Options, readOptions, replayCommand, USAGE } from './options.js';
import { Random } from './random.js';
import { relayChaos } from './relay/main.js';
import { run } from './run.js';
import type { Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios.js';

/** Runs a scenario, prints its figures, and says how to do it again when a rule was broken. */
async function main(): Promise<boolean> {
  if (process.argv[2] === 'relay') return await relayChaos(process.argv.slice(2));
  const given = readOptions(process.argv.slice(2));
  const scenario = SCENARIOS[given.scenario];
  if (!scenario) {
    throw new Error(`there is no scenario ${given.scenario}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  }
  return await play(withSwitches(given, scenario), scenario);
}

/** What a scenario needs of the platform; what was set by hand wins. */
function withSwitches(options: Options, scenario: Scenario): Options {
  const drawn = scenario.switches?.(new Random(options.seed)) ?? {};
  const set = new Set(options.sets.map((text) => text.slice(0, text.indexOf('='))));
  const kept = Object.entries(drawn).filter(([name]) => !set.has(name));
  return { ...options, switches: { ...options.switches, ...Object.fromEntries(kept) } };
}

async function play(options: Options, scenario: Scenario): Promise<boolean> {
  if (!scenario.stores.includes(options.store)) {
    throw new Error(`${options.scenario} needs --store ${scenario.stores.join(' or ')}`);
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  say(`${options.scenario}: ${scenario.what}`);
  const { figures, goalMs, problems } = await run(options, scenario, say);
  const ok = problems.length === 0;
  const { store, seed, shards, maxConcurrency, out } = options;
  const nodes = scenario.nodes ?? options.nodes;
  const result = {
    ok,
    scenario: options.scenario,
    store,
    seed,
    nodes,
    shards,
    maxConcurrency,
    ...figures,
    goalMs,
  };
  for (const problem of problems) say(`✗ ${problem}`);
  if (!ok) say(`Again: ${replayCommand(options)}`);
  say(`The raw record is in ${out}`);
  if (options.json) process.stdout.write(`${JSON.stringify({ ...result, problems })}\n`);
  else
    for (const [name, value] of Object.entries(result)) process.stdout.write(`${name.padEnd(18)}${value}\n`);
  return ok;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  // An open handle of a child that is gone must not keep the runner.
  process.exit((await main()) ? 0 : 1);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exit(2);
}
