import { type Sent, type Simulator, startSimulator } from '@botgo/simulator';
import { type Bot, silentLogger } from 'botgo';
import { echoBot } from './echo-bot.js';
import { PLACES, placeName } from './places.js';

/** What came of it; `npm run demo -- --json` prints exactly this. */
export interface Summary {
  /** Every message was answered once, and what was to go wrong went wrong and was mended. */
  readonly ok: boolean;
  /** Messages that people sent to the bot. */
  readonly events: number;
  /** Answers that the platform took. */
  readonly replies: number;
  /** Messages that no handler got. */
  readonly lost: number;
  /** Connections that were cut and went on in their session. */
  readonly resumed: number;
  /** Sockets that had fallen silent, were noticed and replaced. */
  readonly zombies: number;
  readonly shards: number;
  /** Kinds of conversation in which the bot answered. */
  readonly scenes: number;
}

/** Heartbeats come so often that a silent socket shows in a second; the platform's own interval is 45 s. */
const HEARTBEAT_MS = 1_000;
/** Longer than any step takes: a demo that hangs is a demo that failed. */
const STEP_LIMIT_MS = 8_000;
/** A channel takes five messages a second. */
const PAUSE_MS = 60;

/** Runs the demo; `say` gets one line of text after the other. */
export async function tour(say: (line: string) => void): Promise<Summary> {
  await using sim = await startSimulator({ switches: { heartbeatMs: HEARTBEAT_MS } });
  const handled = new Set<string>();
  const bot = echoBot(sim.url, silentLogger, (id) => handled.add(id));
  try {
    return await new Tour(sim, bot, handled, say).run();
  } finally {
    await bot.stop();
  }
}

class Tour {
  readonly #said: string[] = [];
  /** How each lost connection was lost, by shard, until it is back. */
  readonly #lost = new Map<number, 'zombie' | 'other'>();
  #resumed = 0;
  #zombies = 0;
  /** Answers that were shown. */
  #shown = 0;

  constructor(
    private readonly sim: Simulator,
    private readonly bot: Bot,
    private readonly handled: ReadonlySet<string>,
    private readonly say: (line: string) => void,
  ) {}

  async run(): Promise<Summary> {
    const { sim, bot, say } = this;
    say(`The QQ platform is simulated at ${sim.url}`);
    const starting = bot.start({ handleSignals: false });
    bot.gateway?.on('disconnect', ({ shard, cause }) =>
      this.#lost.set(shard, cause === 'zombie' ? 'zombie' : 'other'),
    );
    bot.gateway?.on('ready', ({ shard, resumed }) => this.#isBack(shard, resumed));
    await within(starting, 'the start');
    say(`The bot is connected, on ${this.#shards()} shards`);

    say('Everybody says hello, three times; the last answers:');
    await this.#talk('hello', 3);
    await this.#allAnswered();

    say('Shard 0 is cut off; people go on talking, twice each:');
    sim.control.fault({ kind: 'cut', shard: 0 });
    await this.#talk('are you there?', 2);
    await until(() => this.#resumed > 0, 'shard 0 to resume');
    await this.#allAnswered();
    say('  its session was resumed, and what was said meanwhile was answered');

    say(
      'Shard 1 falls silent: its socket stays open, but no frame comes any more. People go on, twice each:',
    );
    sim.control.fault({ kind: 'silent', shard: 1 });
    await this.#talk('is anybody listening?', 2);
    await until(() => this.#zombies > 0, 'the silent socket to be noticed');
    await this.#allAnswered();
    say('  it was noticed and replaced, and what was said meanwhile was answered');

    say('Everybody says goodbye:');
    await this.#talk('goodbye', 1);
    await this.#allAnswered();
    return this.#summary();
  }

  async #talk(what: string, rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      for (const { scene, target } of PLACES) {
        const { messageId } = this.sim.control.say({ scene, target, content: what });
        this.#said.push(messageId);
        await sleep(PAUSE_MS);
      }
    }
  }

  async #allAnswered(): Promise<void> {
    await until(() => this.#answers().length >= this.#said.length, 'every message to be answered');
    const answers = this.#answers();
    const latest = new Map(answers.slice(this.#shown).map((sent) => [`${sent.scene} ${sent.target}`, sent]));
    for (const { scene, target, content } of latest.values())
      this.say(`  ${placeName(scene, target)}: ${content}`);
    this.#shown = answers.length;
  }

  #answers(): readonly Sent[] {
    const said = new Set(this.#said);
    return this.sim.control.outbox().filter(({ replyTo }) => said.has(replyTo));
  }

  #isBack(shard: number, resumed: boolean): void {
    const lost = this.#lost.get(shard);
    this.#lost.delete(shard);
    if (lost === 'zombie') this.#zombies++;
    else if (lost === 'other' && resumed) this.#resumed++;
  }

  #shards(): number {
    return this.bot.status().gateway?.shards.filter(({ isLive }) => isLive).length ?? 0;
  }

  #summary(): Summary {
    const answers = this.#answers();
    const events = this.#said.length;
    const replies = answers.length;
    const lost = this.#said.filter((id) => !this.handled.has(id)).length;
    const shards = this.#shards();
    const scenes = new Set(answers.map(({ scene }) => scene)).size;
    const onceEach = replies === events && new Set(answers.map(({ replyTo }) => replyTo)).size === events;
    const ok =
      lost === 0 && onceEach && this.#resumed > 0 && this.#zombies > 0 && shards === 2 && scenes === 4;
    return { ok, events, replies, lost, resumed: this.#resumed, zombies: this.#zombies, shards, scenes };
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + STEP_LIMIT_MS;
  while (!isSo()) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${STEP_LIMIT_MS} ms in vain for ${what}`);
    await sleep(20);
  }
}

async function within(promise: Promise<void>, what: string): Promise<void> {
  let isDone = false;
  await Promise.race([
    promise.then(() => {
      isDone = true;
    }),
    until(() => isDone, what),
  ]);
}
