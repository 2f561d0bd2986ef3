import { DEFAULT_SEED, type Scene, type SimEvent } from '@botgo/simulator';
import { ChildService } from '../services/child-process.js';
import { everyEvent } from './every-event.js';
import type { ForeignBot, Program } from './foreign-bot.js';
import { BOT, Platform } from './platform.js';

/** A place in which somebody speaks to the bot. */
interface Place {
  readonly scene: Scene;
  readonly target: string;
}

const PLACES: readonly Place[] = [
  { scene: 'channel', target: DEFAULT_SEED.guilds[0].channels[0].id },
  { scene: 'dm', target: DEFAULT_SEED.dms[0].guildId },
  { scene: 'group', target: DEFAULT_SEED.groups[0].openid },
  { scene: 'c2c', target: DEFAULT_SEED.friends[0].openid },
];

/** What ends a connection, in the order in which it is tried. */
const CUTS = [
  { fault: 'cut', what: 'its connection is cut' },
  { fault: 'reconnect', what: 'it is told to reconnect' },
  { fault: 'end-session', what: 'its session is ended' },
] as const;

/** SDKs wait up to a minute between attempts. */
const STEP_LIMIT_MS = 120_000;
const POLL_MS = 50;
const OUTPUT_KEPT = 4_000_000;
const OUTPUT_SHOWN = 3_000;

type Played = Pick<ForeignBot, 'name' | 'unread'>;

/**
 * Runs a bot through everything: it logs in, answers in each scene, understands every kind of event, and comes back from each
 * cut.
 * @param say - Gets one line for each step that went well.
 * @throws with the step that went wrong and the end of what the bot wrote
 */
export async function play(bot: Played, program: Program, say: (line: string) => void): Promise<void> {
  await using platform = await Platform.start();
  const child = await ChildService.start({
    ...program,
    env: { BOT_APPID: BOT.appId, BOT_SECRET: BOT.secret, BOT_API_URL: platform.url },
    isReady: async () => platform.seen.some(isBegun),
    readyTimeoutMs: STEP_LIMIT_MS,
    outputKept: OUTPUT_KEPT,
  });
  try {
    await new Play(platform, child, bot, (line) => say(`${bot.name}: ${line}`)).run();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${why}\nThe end of what the bot wrote:\n${child.output.slice(-OUTPUT_SHOWN)}`, {
      cause,
    });
  } finally {
    await child.kill();
  }
}

interface Hello {
  readonly messageId: string;
  readonly text: string;
}

class Play {
  #said = 0;

  constructor(
    private readonly platform: Platform,
    private readonly child: ChildService,
    private readonly bot: Played,
    private readonly say: (line: string) => void,
  ) {}

  async run(): Promise<void> {
    await until('it to log in', () => this.understood().has('READY'));
    this.say('logged in');
    for (const place of PLACES) {
      await this.answered([await this.hello(place)]);
      this.say(`${place.scene}: heard and answered`);
    }
    await this.understandsEverything();
    for (const { fault, what } of CUTS) {
      const how = await this.survives(fault);
      this.say(`${what}: ${how}; it answers in every scene`);
    }
  }

  private async hello({ scene, target }: Place): Promise<Hello> {
    const text = `hello ${++this.#said}`;
    const { messageId } = await this.platform.say({ scene, target, content: text });
    return { messageId, text };
  }

  /** An answer counts when the platform has taken it as the answer to this very message. */
  private async answered(hellos: readonly Hello[]): Promise<void> {
    const texts = hellos.map(({ text }) => text).join(', ');
    await until(`an answer to ${texts}`, async () => {
      const outbox = await this.platform.outbox();
      return hellos.every(({ messageId, text }) =>
        outbox.some((sent) => sent.replyTo === messageId && sent.content.endsWith(`heard: ${text}`)),
      );
    });
  }

  private async understandsEverything(): Promise<void> {
    await everyEvent(this.platform);
    const came = new Set(
      this.platform.seen.flatMap((e) => (e.type === 'event' && e.sessions > 0 ? [e.t] : [])),
    );
    const unread = this.bot.unread.filter((name) => came.has(name));
    const known = [...came].filter((name) => !unread.includes(name));
    const missing = () => known.filter((name) => !this.understood().has(name));
    await until(
      () => `it to understand ${missing().join(', ')}`,
      () => missing().length === 0,
    );
    const rest = unread.length === 0 ? '' : ` (its SDK cannot read ${unread.join(', ')})`;
    this.say(`understood ${known.length} of ${came.size} kinds of events${rest}`);
  }

  private async survives(fault: string): Promise<string> {
    const { seen } = this.platform;
    const before = seen.findLast(isBegun);
    const since = seen.length;
    await this.platform.fault(fault);
    await until('its connection to end', () => seen.slice(since).some(({ type }) => type === 'disconnected'));
    const meanwhile = await Promise.all(PLACES.map((place) => this.hello(place)));
    await until('it to come back', () => seen.slice(since).some(isBegun));
    const after = seen.findLast(isBegun);
    const isSame = after?.session.sessionId === before?.session.sessionId;
    if (isSame) await this.answered(meanwhile);
    await this.answered(await Promise.all(PLACES.map((place) => this.hello(place))));
    return isSame ? 'it resumed, and answered what was said meanwhile' : 'it identified anew';
  }

  /** Names of the events that the bot says it got. */
  private understood(): Set<string> {
    return new Set([...this.child.output.matchAll(/^event (\w+)\r?$/gm)].map(([, name = '']) => name));
  }
}

/** The bot has a session again, or for the first time. */
function isBegun(event: SimEvent): event is Extract<SimEvent, { type: 'identify' | 'resume' }> {
  return event.type === 'identify' || event.type === 'resume';
}

async function until(what: string | (() => string), isSo: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + STEP_LIMIT_MS;
  while (!(await isSo())) {
    if (performance.now() > untilMs) {
      throw new Error(
        `waited ${STEP_LIMIT_MS / 1_000} s in vain for ${typeof what === 'string' ? what : what()}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
