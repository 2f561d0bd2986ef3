import { parseArgs } from 'node:util';
import { BOTS } from './bots.js';
import { CannotHave } from './foreign-bot.js';
import { play } from './play.js';
import { runPythonConsumer } from './python-consumer.js';

/** One program of other people's making against ours. */
interface Check {
  readonly name: string;
  readonly sdk: string;
  readonly isOptional?: boolean;
  run(say: (line: string) => void): Promise<void>;
}

const CHECKS: readonly Check[] = [
  ...BOTS.map((bot) => ({
    ...bot,
    run: async (say: (line: string) => void): Promise<void> => {
      const program = await bot.prepare(say);
      say(`${bot.name}: ${bot.sdk}`);
      await play(bot, program, say);
    },
  })),
  { name: 'relay-consumer', sdk: 'redis-py 8.1.0', run: runPythonConsumer },
];

const NAMES = CHECKS.map(({ name }) => name);
const USAGE = `Usage: npm run -s interop -- [--only ${NAMES.join('|')}] [--json]`;

interface Verdict {
  readonly name: string;
  readonly sdk: string;
  /** `left-out`: what it needs is not on this machine, and the run can do without it. */
  readonly result: 'ok' | 'failed' | 'left-out';
  readonly why?: string;
}

/** Runs programs on SDKs and clients of other people against ours, one after the other, and sums up in the last line. */
async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const { only, json } = values;
  const chosen = CHECKS.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) throw new Error(`there is no ${only}; there are ${NAMES.join(', ')}`);
  const say = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);
  const verdicts: Verdict[] = [];
  for (const check of chosen)
    verdicts.push(await judge(check, check.name === only || !check.isOptional, say));
  const ok = verdicts.every(({ result }) => result !== 'failed');
  const sum = verdicts.map(({ name, result }) => `${name} ${result.replace('-', ' ')}`).join(', ');
  if (json) process.stdout.write(`${JSON.stringify({ ok, sdks: verdicts })}\n`);
  else say(`interop: ${sum}`);
  return ok;
}

async function judge(check: Check, isNeeded: boolean, say: (line: string) => void): Promise<Verdict> {
  const { name, sdk } = check;
  try {
    await check.run(say);
    return { name, sdk, result: 'ok' };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say(`${name}: ${why}`);
    return { name, sdk, result: error instanceof CannotHave && !isNeeded ? 'left-out' : 'failed', why };
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = 2;
}
