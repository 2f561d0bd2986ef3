// People who write to the bot, and what they are answered.
import type { Simulator } from '@botgo/simulator';

/** Five conversations of the simulated world; the two guilds of the channels are on different shards. */
const CONVERSATIONS = [
  { scene: 'group', target: '5566778899AABBCCDDEEFF0011223344' },
  { scene: 'c2c', target: '0A1B2C3D4E5F60718293A4B5C6D7E8F9' },
  { scene: 'channel', target: '7000101' },
  { scene: 'channel', target: '7000102' },
  { scene: 'channel', target: '7000201' },
] as const;

const POLL_MS = 50;

export class People {
  readonly #sim: Simulator;
  #said = 0;

  constructor(sim: Simulator) {
    this.#sim = sim;
  }

  get said(): number {
    return this.#said;
  }

  /** Messages that got an answer. One that a killed worker had just answered may get a second. */
  get answered(): number {
    return new Set(this.#answers().map(({ message }) => message)).size;
  }

  /** Process id of the worker that answered last. */
  get lastWorker(): number {
    return this.#answers().at(-1)?.worker ?? 0;
  }

  /** Writes one message in each conversation, waits for the answers, and prints who gave them. */
  async write(): Promise<void> {
    const startedMs = performance.now();
    const from = this.#said + 1;
    for (const place of CONVERSATIONS)
      this.#sim.control.say({ ...place, content: `message ${++this.#said}` });
    while (this.answered < this.#said) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    const by = new Map<number, number>();
    const first = new Map(this.#answers().map(({ message, worker }) => [message, worker]));
    for (const [message, worker] of first) if (message >= from) by.set(worker, (by.get(worker) ?? 0) + 1);
    const shares = [...by].map(([worker, count]) => `${count} by worker ${worker}`).join(', ');
    console.log(`  messages ${from} to ${this.#said} are answered after ${seconds} s: ${shares}`);
  }

  #answers(): { worker: number; message: number }[] {
    return this.#sim.control.outbox().flatMap(({ content }) => {
      const [, worker, message] = /^worker (\d+) heard message (\d+)$/.exec(content) ?? [];
      return message === undefined ? [] : [{ worker: Number(worker), message: Number(message) }];
    });
  }
}
