import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Envelope, Publisher } from '@botgo/relay';
import { kafkaPublisher } from '@botgo/relay/kafka';
import { AssignerProtocol, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Service, startKafka } from '../services/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const program = (page: string, language = 'js'): string =>
  new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(
    readFileSync(join(root, 'docs', page), 'utf8'),
  )?.[1] ?? '';

let service: Service;
let folder: string;
beforeAll(async () => {
  service = await startKafka();
  mkdirSync(join(root, 'e2e/dist'), { recursive: true });
  // Within this workspace, where the program finds kafkajs.
  folder = mkdtempSync(join(root, 'e2e/dist/kafka-page-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await service.stop();
});

const SESSION = 'aabbccddeeff0011';
const KEYS = 11;

function envelope(n: number): Envelope {
  const key = `key-${n % KEYS}`;
  const d = { id: `m-${n}`, group_openid: key, content: `n${n}` };
  return {
    ...{ app: '102', event: 'GROUP_AT_MESSAGE_CREATE', id: `e-${n}`, session: SESSION, seq: n, epoch: 1 },
    ...{ shard: '0/1', key, receivedAtMs: 1_700_000_000_000 + n },
    value: Buffer.from(JSON.stringify({ op: 0, s: n, t: 'GROUP_AT_MESSAGE_CREATE', id: `e-${n}`, d })),
  };
}
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** What processes of the page's program print: one file that all append to, so that its order is that of the handling. */
class Printed {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
    writeFileSync(file, '');
  }

  get numbers(): number[] {
    const lines = readFileSync(this.file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => {
      const [, key, n] = /^(\S+) GROUP_AT_MESSAGE_CREATE n(\d+)$/.exec(line) ?? [];
      if (key !== `key-${Number(n) % KEYS}`) throw new Error(`not a line of the program: ${line}`);
      return Number(n);
    });
  }
}

/** The page's program as a process. */
class Consumer {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #stderr = '';

  constructor(program: string, printed: Printed) {
    const output = openSync(printed.file, 'a');
    this.#child = spawn(process.execPath, [program], { stdio: ['ignore', output, 'pipe'] });
    closeSync(output);
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#stderr += text;
    });
    this.#exited = once(this.#child, 'close');
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** @returns its exit code, or `null` when the signal ended it. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    await this.#exited;
    return this.#child.exitCode;
  }
}

/** How many members of the page's group have partitions. */
async function shares(): Promise<number> {
  const admin = new Kafka({ brokers: [`127.0.0.1:${service.port}`], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { groups } = await admin.describeGroups(['audit']);
  await admin.disconnect();
  const assignments = groups.flatMap(({ members }) =>
    members.map(({ memberAssignment }) => AssignerProtocol.MemberAssignment.decode(memberAssignment)),
  );
  return assignments.filter((given) => Object.values(given?.assignment ?? {}).flat().length > 0).length;
}

it('the page’s program in plain kafkajs handles each event, and none twice but the one in hand when it was killed', async () => {
  const topic = `page-${randomUUID()}`;
  const file = join(folder, 'consumer.mjs');
  const text = program('relay-envelope.md');
  expect(text).toContain("'127.0.0.1:9092'");
  expect(text).toContain("'qq-events'");
  writeFileSync(
    file,
    text.replace("'127.0.0.1:9092'", `'127.0.0.1:${service.port}'`).replace("'qq-events'", `'${topic}'`),
  );
  const publisher: Publisher = kafkaPublisher({ url: service.url, topic, partitions: 4 });
  await publisher.open();
  const publish = (...given: number[]): Promise<void> => publisher.publish(given.map(envelope));
  const printed = new Printed(join(folder, 'printed'));
  const running: Consumer[] = [];
  const start = (): Consumer => {
    const consumer = new Consumer(file, printed);
    running.push(consumer);
    return consumer;
  };
  const has = async (to: number): Promise<void> => {
    const missing = (): number[] => {
      const seen = new Set(printed.numbers);
      return numbers(1, to).filter((n) => !seen.has(n));
    };
    await expect.poll(missing, { message: running.map(({ stderr }) => stderr).join('\n') }).toEqual([]);
  };
  try {
    const first = start();
    await publish(...numbers(1, 300));
    await expect.poll(() => printed.numbers.length).toBeGreaterThan(100);
    // A woken access process publishes again what it had.
    await publish(...numbers(201, 240), ...numbers(301, 1_000));
    await expect.poll(() => printed.numbers.length).toBeGreaterThan(400);
    await first.end('SIGKILL');
    const inHand = printed.numbers.at(-1);
    expect(printed.numbers.length, 'it was killed in the middle').toBeLessThan(1_000);

    // What the next owner meets first are copies of what the dead one handled.
    await publish(...numbers(1, 60));
    const second = start();
    await has(1_000);

    start();
    let n = 1_000;
    await expect
      .poll(async () => {
        await publish(...numbers(n + 1, n + 40));
        n += 40;
        return await shares();
      })
      .toBe(2);
    await publish(...numbers(n - 39, n), ...numbers(n + 1, n + 100));
    n += 100;
    expect(await second.end('SIGTERM')).toBe(0);
    await publish(...numbers(900, 1_000), ...numbers(n + 1, n + 100));
    n += 100;
    await has(n);

    const seen = new Set<number>();
    const twice = printed.numbers.filter((one) => seen.size === seen.add(one).size);
    expect(twice.filter((one) => one !== inHand)).toEqual([]);
    for (let key = 0; key < KEYS; key++) {
      const firsts = [...seen].filter((one) => one % KEYS === key);
      expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
    }
  } finally {
    for (const consumer of running) await consumer.end('SIGKILL');
    await publisher.close();
  }
}, 300_000);

it.each(['js', 'python'])('both languages have the same program in %s', (language) => {
  expect(program('relay-envelope.zh-CN.md', language)).toBe(program('relay-envelope.md', language));
  expect(program('relay-envelope.md', language)).not.toBe('');
});
