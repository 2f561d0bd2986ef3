import { isBotgoError, toBotgoError } from 'botgo/errs';
import { consoleLogger, redactingLogger, Secrets } from 'botgo/log';
import type { ProgramContext, RunningProgram } from './start-access.js';

/** Terminals and supervisors may pass one signal on twice: what comes this soon after the first is the same one. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Runs a program until a signal: the first stops it in order, a second one at once. Prints one line of JSON when it runs, so that a
 * supervisor knows where its health is.
 */
export async function main<Arguments>(
  usage: string,
  read: (args: readonly string[]) => Arguments,
  start: (args: Arguments, context: ProgramContext) => Promise<RunningProgram>,
): Promise<void> {
  const words = process.argv.slice(2);
  if (words.includes('--help')) return void process.stdout.write(`${usage}\n`);
  try {
    const args = read(words);
    const secret = process.env.BOT_SECRET ?? '';
    const secrets = new Secrets();
    secrets.add(secret);
    const program = await start(args, { secret, logger: redactingLogger(consoleLogger(), secrets) });
    process.stdout.write(`${JSON.stringify({ health: program.healthUrl, pid: process.pid })}\n`);
    let firstMs: number | undefined;
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => {
        if (firstMs === undefined) {
          firstMs = performance.now();
          void program.stop();
        } else if (performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(130);
      });
    await program.ended;
  } catch (error) {
    process.stderr.write(`${toBotgoError(error).message}\n`);
    if (isBotgoError(error, 'BOTGO_CONFIG')) process.stderr.write(`\n${usage}\n`);
    process.exitCode = isBotgoError(error, 'BOTGO_CONFIG') ? 2 : 1;
  }
}
