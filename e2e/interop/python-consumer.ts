import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Envelope } from '@botgo/relay';
import { redisStreamsPublisher } from '@botgo/relay/redis';
import { startRedis } from '../services/redis.js';
import { pythonWith } from './python-venv.js';

/** Seen from the compiled file. */
const PAGE = new URL('../../../docs/relay-envelope.md', import.meta.url);
const NAME = 'relay-consumer';
const EVENTS = 2_000;
const KEYS = 11;
const STEP_LIMIT_MS = 120_000;
const POLL_MS = 20;

/**
 * Runs the Python program of docs/relay-envelope.md on a stream that our publisher fills: killed -9 in its work, met by copies, and
 * started again. Each event is handled, and none twice but the one in hand when it was killed.
 * @throws {CannotHave} where Python or redis-py cannot be had, and with what went wrong otherwise
 */
export async function runPythonConsumer(say: (line: string) => void): Promise<void> {
  const python = await pythonWith('redis-requirements.txt', say);
  const redis = await startRedis();
  const folder = await mkdtemp(join(tmpdir(), 'botgo-consumer-'));
  try {
    const page = await readFile(PAGE, 'utf8');
    const program = /```python\n(.*?)```/s.exec(page)?.[1] ?? '';
    assert.match(program, /port=6379\)/, 'the page has a program, and it connects where we can replace');
    const file = join(folder, 'consumer.py');
    await writeFile(file, program.replace('port=6379)', `port=${redis.port})`));
    await handleAll(python, file, redis.url, join(folder, 'printed'), (line) => say(`${NAME}: ${line}`));
  } finally {
    await rm(folder, { recursive: true, force: true });
    await redis.stop();
  }
}

async function handleAll(
  python: string,
  file: string,
  url: string,
  printed: string,
  say: (line: string) => void,
): Promise<void> {
  await writeFile(printed, '');
  const publisher = redisStreamsPublisher({ url, stream: 'qq-events', partitions: 4 });
  await publisher.open();
  const publish = (from: number, to: number): Promise<void> =>
    publisher.publish(Array.from({ length: to - from + 1 }, (_, at) => envelope(from + at)));
  const handled = async (): Promise<number[]> =>
    (await readFile(printed, 'utf8')).split('\n').slice(0, -1).map(readLine);
  try {
    await publish(1, EVENTS);
    await runUntil(python, file, printed, async () => (await handled()).length > EVENTS / 4);
    await dropUnfinishedLine(printed);
    const inHand = (await handled()).at(-1);
    const atDeath = (await handled()).length;
    assert.ok(atDeath < EVENTS, 'the program was too fast to be killed in its work');
    say(`killed after ${atDeath} of ${EVENTS} events`);
    // What an access process publishes again that slept through its lease.
    await publish(1, EVENTS / 2);
    await publish(EVENTS + 1, EVENTS + 100);
    const isAll = async (): Promise<boolean> => new Set(await handled()).size === EVENTS + 100;
    await runUntil(python, file, printed, isAll);
    const numbers = await handled();
    const seen = new Set<number>();
    const twice = numbers.filter((n) => seen.size === seen.add(n).size);
    assert.deepEqual(
      twice.filter((n) => n !== inHand),
      [],
      'events that were handled twice',
    );
    for (let key = 0; key < KEYS; key++) {
      const firsts = [...seen].filter((n) => n % KEYS === key);
      assert.deepEqual(
        firsts,
        firsts.toSorted((a, b) => a - b),
        'the order of a conversation',
      );
    }
    say(`${seen.size} events are handled, ${twice.length} twice (one may be: what was in hand)`);
  } finally {
    await publisher.close();
  }
}

/** A process that writes unbuffered, as this one does, can be killed between a line and its end: that event was in hand. */
async function dropUnfinishedLine(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.slice(0, text.lastIndexOf('\n') + 1));
}

/** Runs the program until something is true, and kills it. Its lines are appended to a file. */
async function runUntil(
  python: string,
  file: string,
  printed: string,
  isTrue: () => Promise<boolean>,
): Promise<void> {
  const output = openSync(printed, 'a');
  const child = spawn(python, [file], {
    stdio: ['ignore', output, 'pipe'],
    env: { ...process.env, PYTHONUNBUFFERED: '1' },
  });
  closeSync(output);
  let stderr = '';
  child.stderr?.on('data', (text: Buffer) => {
    stderr += text;
  });
  const exited = once(child, 'close');
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  try {
    const untilMs = performance.now() + STEP_LIMIT_MS;
    while (!(await isTrue())) {
      if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}:\n${stderr}`);
      if (performance.now() > untilMs)
        throw new Error(`the program did not get on for ${STEP_LIMIT_MS} ms:\n${stderr}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    killNow();
    await exited;
    process.off('exit', killNow);
  }
}

function readLine(line: string): number {
  const [, key, n] = /^(\S+) GROUP_AT_MESSAGE_CREATE n(\d+)$/.exec(line) ?? [];
  assert.equal(key, `key-${Number(n) % KEYS}`, `not a line of the program: ${line}`);
  return Number(n);
}

function envelope(n: number): Envelope {
  const key = `key-${n % KEYS}`;
  const frame = {
    ...{ op: 0, s: n, t: 'GROUP_AT_MESSAGE_CREATE', id: `e-${n}` },
    d: { id: `m-${n}`, group_openid: key, content: `n${n}` },
  };
  return {
    ...{ app: '102', event: frame.t, id: frame.id, session: 'aabbccddeeff0011', seq: n, epoch: 1 },
    ...{ shard: '0/1', key, receivedAtMs: 1_700_000_000_000 + n, value: Buffer.from(JSON.stringify(frame)) },
  };
}
