#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FieldError } from './json.js';
import { startSimulator } from './server.js';

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
  const simulator = await startSimulator({
    port,
    switches: readSets(values.set),
    ...(values.record === undefined ? {} : { record: values.record }),
    ...(values.seed === undefined ? {} : { seed: readSeed(values.seed) }),
  });
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
  const text = readFileSync(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path} is not JSON`, { cause });
  }
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
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = 1;
}
