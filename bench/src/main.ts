// `npm run -s bench -- NAME [--rounds N] [--broker NAME] [--without CASE]… [--json]`: figures as ratios to the least that does the same work.
import { parseArgs } from 'node:util';
import type { BenchCase } from './bench-case.js';
import { type CaseResult, runCase } from './run-case.js';

const BENCHES: Readonly<Record<string, () => Promise<readonly BenchCase[]>>> = {
  assign: async () => (await import('./assign.js')).ASSIGN_CASES,
  dispatch: async () => (await import('./dispatch.js')).DISPATCH_CASES,
  idle: async () => (await import('./idle.js')).IDLE_CASES,
  import: async () => (await import('./import.js')).IMPORT_CASES,
  relay: async () => (await import('./relay.js')).RELAY_CASES,
  push: async () => (await import('./push.js')).PUSH_CASES,
  rest: async () => (await import('./rest.js')).REST_CASES,
  stores: async () => (await import('./stores.js')).STORES_CASES,
  webhook: async () => (await import('./webhook.js')).WEBHOOK_CASES,
};

const USAGE = `npm run -s bench -- NAME [--rounds N] [--broker NAME] [--without CASE]… [--json]\nNAME: ${Object.keys(BENCHES).join(', ')}`;

interface Arguments {
  readonly name: string;
  readonly rounds: number;
  /** Only the cases of this broker. */
  readonly broker: string | undefined;
  readonly without: readonly string[];
  readonly json: boolean;
}

function readArguments(): Arguments | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '15' },
        broker: { type: 'string' },
        without: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
      },
    });
    const [name = ''] = positionals;
    const rounds = Number(values.rounds);
    if (!Object.hasOwn(BENCHES, name) || positionals.length > 1 || !(Number.isInteger(rounds) && rounds >= 1))
      return undefined;
    return { name, rounds, broker: values.broker, without: values.without, json: values.json };
  } catch {
    return undefined;
  }
}

async function main(): Promise<number> {
  const options = readArguments();
  const load = options && BENCHES[options.name];
  if (!load) {
    say(USAGE);
    return 2;
  }
  const { name, rounds, broker, without, json } = options;
  const cases: CaseResult[] = [];
  let ok = true;
  for (const benchCase of await load()) {
    const ofBroker = broker === undefined || benchCase.name.split('-')[0] === broker;
    if (
      !ofBroker ||
      without.some((left) => left === benchCase.name || benchCase.name.startsWith(`${left}-latency`))
    )
      continue;
    say(`${name} ${benchCase.name}: ${rounds} rounds …`);
    try {
      const result = await runCase(benchCase, rounds, say);
      cases.push(result);
      if (!json) process.stdout.write(describe(result));
    } catch (error) {
      ok = false;
      say(
        `${name} ${benchCase.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
      );
    }
  }
  ok &&= cases.length > 0;
  if (json)
    process.stdout.write(`${JSON.stringify({ ok, bench: name, node: process.version, rounds, cases })}\n`);
  return ok ? 0 : 1;
}

function describe({ name, unit, ours, limit, ratio, control, goal }: CaseResult): string {
  const goalText = goal === null ? 'no goal' : `goal ${goal}`;
  return (
    `${name}: ${ratio.median} × (${goalText}; quartiles ${ratio.q1}–${ratio.q3}, control ${control.median})\n` +
    `  ours ${ours.median}, limit ${limit.median} ${unit}\n`
  );
}

/** Progress goes to standard error: standard output belongs to the result. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

process.exitCode = await main();
