#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FieldError } from './json.js';
import { type Simulator, type SimulatorOptions, startSimulator } from './server.js';

const USAGE = `Usage: npm run -s sim -- [--port N] [--seed FILE] [--set SWITCH=VALUE]... [--record DIR] [--json]`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      seed: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
      record: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new FieldError('--port', 'must be 0 to 65535');
  const seed = values.seed === undefined ? undefined : readSeed(values.seed);
  const simulator = await start(port, {
    switches: readSets(values.set),
    ...(values.record === undefined ? {} : { record: values.record }),
    ...(seed === undefined ? {} : { seed: null }),
  });
  if (seed !== undefined) await plant(simulator, seed, values.seed ?? '');
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ url: simulator.url, gateway: simulator.gatewayUrl })}\n`);
  } else {
    process.stdout.write(welcome(simulator.url, simulator.gatewayUrl, values.seed === undefined));
  }
  const stop = () => void simulator.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

function readSets(sets: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    sets.map((set) => {
      const equals = set.indexOf('=');
      if (equals < 1) throw new FieldError('--set', `must look like SWITCH=VALUE, got ${set}`);
      return [set.slice(0, equals), set.slice(equals + 1)];
    }),
  );
}

function readSeed(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`the seed file ${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`the seed file ${path} is not JSON: ${reasonOf(cause)}`, { cause });
  }
}

async function start(port: number, options: SimulatorOptions): Promise<Simulator> {
  try {
    return await startSimulator({ ...options, port });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause;
    throw new Error(`port ${port} is taken: give another, or --port 0 for a free one`, { cause });
  }
}

/** Puts a world from a file into a simulator that has none. */
async function plant(simulator: Simulator, seed: unknown, path: string): Promise<void> {
  try {
    simulator.control.seed(seed);
  } catch (cause) {
    await simulator.close();
    throw new Error(`the seed file ${path}: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function welcome(url: string, gateway: string, isDemo: boolean): string {
  const demo = isDemo
    ? [
        '',
        '  A bot can log in with appId 102000001, secret demo-secret (or the old token demo-token).',
        '  Say something to it:',
        `    curl -s ${url}/_sim/say -d '{"scene":"channel","target":"7000101","content":"hello"}'`,
        `    curl -s ${url}/_sim/outbox`,
      ]
    : [];
  return [
    `The QQ platform is simulated at ${url}`,
    `  gateway ${gateway}`,
    ...demo,
    '',
    '  Ctrl-C ends it.',
    '',
  ].join('\n');
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n${USAGE}\n`);
  process.exitCode = 1;
}
