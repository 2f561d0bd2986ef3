import { mutants } from './mutants.js';
import { USAGE } from './options.js';
import { play } from './play.js';
import { relayChaos } from './relay/main.js';
import { short } from './short.js';
import { table } from './table.js';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Runs a scenario, prints its figures, and says how to do it again when a rule was broken. */
async function main(args: readonly string[]): Promise<boolean> {
  switch (args[0]) {
    case 'relay':
      return await relayChaos(args);
    case 'short':
      return await short(args.slice(1));
    case 'table':
      return await table(args.slice(1), say);
    case 'mutants':
      return await mutants(args.slice(1), say);
  }
  const { ok, result, problems, again, out, json } = await play(args, say);
  for (const problem of problems) say(`✗ ${problem}`);
  if (!ok) say(`Again: ${again}`);
  say(`The raw record is in ${out}`);
  if (json) process.stdout.write(`${JSON.stringify({ ...result, problems })}\n`);
  else
    for (const [name, value] of Object.entries(result)) process.stdout.write(`${name.padEnd(18)}${value}\n`);
  return ok;
}

// Each process of a run is ended with the runner: one listener each, and a run has a dozen.
process.setMaxListeners(64);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  // An open handle of a child that is gone must not keep the runner.
  process.exit((await main(process.argv.slice(2))) ? 0 : 1);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exit(2);
}
