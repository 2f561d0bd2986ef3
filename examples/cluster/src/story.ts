import { startRedis } from '@botgo/e2e/services';
import { type Simulator, startSimulator } from '@botgo/simulator';
import { Holders } from './holders.js';
import { People, worldOf } from './people.js';
import { memberOf, Processes } from './processes.js';

const SHARDS = 20;
const BOT = { appId: '102000001', secret: 'cluster-secret' };
/** Short, so that a death shows soon; 10 s is what one would use. */
const LEASE_MS = 3_000;
/** Longer than any step takes: a story that hangs has failed. */
const STEP_LIMIT_MS = 60_000;
const POLL_MS = 100;

/** What came of it; `npm run cluster -- --json` prints exactly this. */
export interface Summary {
  /** Every message was answered once, and no session was begun twice. */
  readonly ok: boolean;
  readonly events: number;
  readonly replies: number;
  /** Messages that nobody answered. */
  readonly lost: number;
  readonly shards: number;
  /** Sessions that were begun: one a shard, whatever happened to the processes. */
  readonly identifies: number;
  /** Sessions that went on with another process. */
  readonly resumes: number;
}

/** The platform, a Redis, and the bot's processes. */
export class Story {
  readonly processes: Processes;
  readonly #sim: Simulator;
  readonly #people: People;
  readonly #holders: Holders;
  readonly #say: (line: string) => void;
  readonly #closeStore: () => Promise<void>;
  #identifies = 0;
  #resumes = 0;

  private constructor(
    sim: Simulator,
    people: People,
    redisUrl: string,
    closeStore: () => Promise<void>,
    say: (line: string) => void,
  ) {
    this.#sim = sim;
    this.#people = people;
    this.#say = say;
    this.#closeStore = closeStore;
    this.#holders = new Holders(redisUrl, BOT.appId);
    this.processes = new Processes({
      BOT_APPID: BOT.appId,
      BOT_SECRET: BOT.secret,
      BOT_API_URL: sim.url,
      REDIS_URL: redisUrl,
      LEASE_MS: `${LEASE_MS}`,
    });
    sim.control.subscribe(
      ({ type }) => {
        if (type === 'identify') this.#identifies++;
        else this.#resumes++;
      },
      ['identify', 'resume'],
    );
  }

  /** @param redisUrl - A Redis to use; without one a server is started for the story. */
  static async open(redisUrl: string | undefined, say: (line: string) => void): Promise<Story> {
    const { seed, channels } = worldOf(SHARDS, BOT);
    const redis = redisUrl === undefined ? await startRedis() : undefined;
    const sim = await startSimulator({ seed });
    const url = redisUrl ?? redis?.url ?? '';
    say(`The QQ platform is simulated at ${sim.url}; the store is ${redis ? 'a Redis of our own' : 'yours'}`);
    return new Story(sim, new People(sim, channels), url, async () => redis?.stop(), say);
  }

  /** The whole story, from the first process to the last. */
  async tell(): Promise<Summary> {
    const say = this.#say;
    say('Two processes start');
    await this.start();
    await this.start();
    await this.untilShared();
    this.#people.talk();

    say('A third one starts, and takes its share');
    await this.start();
    await this.untilShared();

    say(`Process 1 is killed (kill -9); its shards are free when its lease of ${LEASE_MS / 1_000} s ends`);
    await this.kill(1);
    await this.untilShared();

    say('Process 2 is told to stop: it hands over what it holds, and ends');
    await this.stop(2);
    await this.untilShared();
    return await this.summary();
  }

  async start(): Promise<void> {
    this.processes.start();
  }

  async kill(number: number): Promise<void> {
    await this.processes.end(number, 'SIGKILL');
  }

  async stop(number: number): Promise<void> {
    await this.processes.end(number, 'SIGTERM');
  }

  talk(): void {
    this.#people.talk();
  }

  #connected(): number {
    return this.#sim.control.sessions().filter(({ connected }) => connected).length;
  }

  /** Waits until the processes that run share the shards evenly and are connected, and shows who holds what. */
  async untilShared(): Promise<void> {
    const members = this.processes.running.map(memberOf);
    await until(
      async () => {
        await this.#holders.look();
        return this.#holders.isShared(members, SHARDS) && this.#connected() === SHARDS;
      },
      `${members.join(', ')} to share ${SHARDS} shards`,
    );
    for (const line of this.#holders.lines()) this.#say(line);
  }

  /** Ends the talk, waits for the last answers, and counts. */
  async summary(): Promise<Summary> {
    this.#people.hush();
    await until(async () => this.#people.unanswered === 0, 'the last answers').catch(() => {});
    const { events, replies, unanswered: lost } = this.#people;
    const ok = events > 0 && lost === 0 && replies === events && this.#identifies === SHARDS;
    return {
      ok,
      events,
      replies,
      lost,
      shards: SHARDS,
      identifies: this.#identifies,
      resumes: this.#resumes,
    };
  }

  async close(): Promise<void> {
    this.#people.hush();
    await this.processes.endAll('SIGTERM');
    await this.#holders.close();
    await this.#sim.close();
    await this.#closeStore();
  }
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const deadlineMs = performance.now() + STEP_LIMIT_MS;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${STEP_LIMIT_MS} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
