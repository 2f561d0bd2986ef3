import { createClock, type SimClock, type Simulator, startSimulator } from '@botgo/simulator';
import { Bot, type BotOptions, type KnownEventType, type OpenAPI, OpenAPIError } from 'botgo';
import { type EventPayloads, eventTypes } from 'botgo/dto';
import { isAlreadySent, isPendingAudit, type Sent } from 'botgo/openapi';

/** The simulator's demo world. */
export const GUILD = '1152921504606846976';
export const OTHER_GUILD = '1152921504611041280';
export const CHANNEL = '7000101';
export const HELP = '7000102';
export const VOICE = '7000103';
export const FORUM = '7000104';
export const PINE = '9007199254741001';
/** Owns the guild. */
export const WILLOW = '9007199254741002';
export const APP_ID = '102000001';
export const BOT = '3141592653589793238';
export const BOT_OPENID = '00112233445566778899AABBCCDDEEFF';
export const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';
export const GROUP = '5566778899AABBCCDDEEFF0011223344';
/** Owns the group. */
export const GROUP_OWNER = 'F9E8D7C6B5A493827160F5E4D3C2B1A0';
export const GROUP_MEMBER = 'E8D7C6B5A493827160F5E4D3C2B1A0F9';
export const DM = '1152921504606850000';

/** Wednesday, 4 March 2026, nine in the morning in Beijing. */
export const START_MS = Date.UTC(2026, 2, 4, 1);

/** An RFC 3339 time with the platform's offset. */
export const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00$/;

/** A simulated world whose time stands still, and a bot in it that hears everything. */
export interface Tour extends AsyncDisposable {
  readonly sim: Simulator;
  readonly control: Simulator['control'];
  readonly clock: SimClock;
  readonly bot: Bot;
  readonly api: OpenAPI;
  /** The content of the oldest event of this type that was not asked for yet; waits for it. */
  next<Type extends KnownEventType>(type: Type): Promise<EventPayloads[Type]>;
  /** The outer ids of all events of a type so far. */
  ids(type: KnownEventType): readonly (string | undefined)[];
}

export async function openTour(options: Partial<BotOptions> = {}): Promise<Tour> {
  const clock = createClock({ frozen: true, wallMs: START_MS });
  const sim = await startSimulator({ clock, switches: { heartbeatMisses: 0 } });
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const bot = new Bot({
    appId: APP_ID,
    secret: 'demo-secret',
    baseUrl: sim.url,
    logger: silent,
    dropDoubledMessages: false,
    ...options,
  });
  const heard = new Map<string, { id: string | undefined; data: unknown }[]>();
  const taken = new Map<string, number>();
  const waiting = new Set<() => void>();
  for (const type of eventTypes) {
    bot.on(type, ({ event, data }) => {
      heard.set(type, [...(heard.get(type) ?? []), { id: event.id, data }]);
      for (const wake of waiting) wake();
      waiting.clear();
    });
  }
  await bot.start({ handleSignals: false });
  return {
    sim,
    control: sim.control,
    clock,
    bot,
    api: bot.api,
    async next<Type extends KnownEventType>(type: Type) {
      const place = taken.get(type) ?? 0;
      taken.set(type, place + 1);
      for (;;) {
        const found = heard.get(type)?.[place];
        if (found !== undefined) return found.data as EventPayloads[Type];
        await new Promise<void>((resolve) => waiting.add(resolve));
      }
    },
    ids: (type) => (heard.get(type) ?? []).map(({ id }) => id),
    async [Symbol.asyncDispose]() {
      await bot.stop();
      await sim.close();
    },
  };
}

/** The code that the platform refused a call with; fails when it did not. */
export async function refusal(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call;
  } catch (error) {
    if (error instanceof OpenAPIError) return error.platformCode;
    throw error;
  }
  throw new Error('the call was not refused');
}

/** The message that was sent. Fails where an audit comes between, or the message was there already. */
export function sent<Result>(result: Sent<Result>): Result {
  if (isPendingAudit(result) || isAlreadySent(result)) throw new Error('no message was sent');
  return result;
}
