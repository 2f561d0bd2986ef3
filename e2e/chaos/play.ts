import { type Options, readOptions, replayCommand } from './options.js';
import { Random } from './random.js';
import { run } from './run.js';
import type { Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios.js';

/** What a scenario came to: the figures as they are printed, and what broke a rule. */
export interface Played {
  readonly ok: boolean;
  readonly result: Readonly<Record<string, unknown>>;
  readonly problems: readonly string[];
  /** Does the same run again. */
  readonly again: string;
  readonly out: string;
  readonly json: boolean;
}

/** Runs the scenario of a command line. @throws with a sentence for a person who made a mistake */
export async function play(args: readonly string[], say: (line: string) => void): Promise<Played> {
  const given = readOptions(args);
  const scenario = SCENARIOS[given.scenario];
  if (!scenario) {
    throw new Error(`there is no scenario ${given.scenario}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  }
  const options = withSwitches(given, scenario);
  if (!scenario.stores.includes(options.store)) {
    throw new Error(`${options.scenario} needs --store ${scenario.stores.join(' or ')}`);
  }
  say(`${options.scenario}: ${scenario.what}`);
  for (const line of scenario.tell?.(options) ?? []) say(line);
  const { figures, goalMs, problems } = await run(options, scenario, say);
  const { store, seed, shards, maxConcurrency, out, json } = options;
  const ok = problems.length === 0;
  const nodes = scenario.nodes ?? options.nodes;
  const head = { ok, scenario: options.scenario, store, seed, nodes, shards, maxConcurrency };
  return {
    ok,
    result: { ...head, ...figures, goalMs },
    problems,
    again: replayCommand(options),
    out,
    json,
  };
}

/** What a scenario needs of the platform; what was set by hand wins. */
function withSwitches(options: Options, scenario: Scenario): Options {
  const drawn = scenario.switches?.(new Random(options.seed)) ?? {};
  const set = new Set(options.sets.map((text) => text.slice(0, text.indexOf('='))));
  const kept = Object.entries(drawn).filter(([name]) => !set.has(name));
  return { ...options, switches: { ...options.switches, ...Object.fromEntries(kept) } };
}
