import { setTimeout as sleep } from 'node:timers/promises';
import { Gate } from './gate.js';
import { drawMixture, drawSwitches, type Strike, type StrikeKind, tellMixture } from './mixture.js';
import type { Options } from './options.js';
import type { Scenario } from './scenario.js';
import type { Node, Stage } from './stage.js';

/** Refused resumes, a new session, a take-over and a process that starts, one after the other. */
const GOAL_MS = 20_000;
const BEYOND_LEASE = 2;
const DROPPED_ACKS = 5;
const COPIES = 20;

/** What a strike has at hand. */
interface Scene {
  readonly stage: Stage;
  readonly options: Options;
  readonly gate: Gate;
}

type Blow = (scene: Scene, strike: Strike) => Promise<void>;

/** A strike at one of the processes that are there, if there is one that is well. */
const atNode =
  (blow: (scene: Scene, node: Node, strike: Strike) => Promise<void>): Blow =>
  (scene, strike) =>
    scene.gate.share(async () => {
      const { living } = scene.stage;
      const node = living[Math.floor(strike.which * living.length)];
      if (node) await blow(scene, node, strike);
    });

/** A fault of the simulator's. */
const byPlatform =
  (...faults: readonly ((strike: Strike) => object)[]): Blow =>
  async ({ stage }, strike) => {
    for (const fault of faults) await stage.control('fault', fault(strike));
  };

const atShard = ({ shard }: Strike): object => (shard === undefined ? {} : { shard });

const BLOWS: Readonly<Record<StrikeKind, Blow>> = {
  kill: atNode(async ({ stage, options }, node) => {
    await stage.kill(node);
    await sleep(options.restartMs);
    await stage.startNode();
  }),
  pause: atNode(async ({ stage }, node, { lengthMs }) => {
    stage.pause(node);
    await sleep(lengthMs);
    stage.wake(node);
  }),
  replace: atNode(async ({ stage }, node) => {
    await stage.startNode();
    await stage.stop(node);
  }),
  start: ({ stage, gate }) => gate.share(async () => void (await stage.startNode())),
  stop: atNode(async ({ stage }, node) => {
    // The last one stays.
    if (stage.living.length > 1) await stage.stop(node);
  }),
  partition: atNode(async ({ stage }, node, { lengthMs }) => {
    await stage.cut([node]);
    await sleep(lengthMs);
    stage.heal([node]);
  }),
  'store-outage': ({ stage, gate }, { lengthMs }) =>
    gate.share(async () => {
      const nodes = stage.running;
      await stage.cut(nodes);
      await sleep(lengthMs);
      stage.heal(nodes);
    }),
  'store-restart': ({ stage, gate }) => gate.share(() => stage.restartStore({ empty: false })),
  // What is gone can only be put back by those who live: that all are well then is what this strike waits for.
  'store-loss': ({ stage, gate, options }) =>
    gate.alone(async () => {
      await stage.untilWell(3 * options.leaseMs + 60_000);
      // Whoever was cut off a moment ago has a whole lease again by then, or none.
      await sleep(options.leaseMs);
      await stage.untilWell(3 * options.leaseMs + 60_000);
      await stage.restartStore({ empty: true });
      await stage.untilWell(3 * options.leaseMs + 60_000);
      // Until then what somebody has to say is not stored.
      await sleep(options.leaseMs);
    }),
  cut: byPlatform((strike) => ({ kind: 'cut', ...atShard(strike) })),
  close: byPlatform((strike) => ({ kind: 'close', code: 4009, ...atShard(strike) })),
  reconnect: byPlatform((strike) => ({ kind: 'reconnect', ...atShard(strike) })),
  silent: byPlatform((strike) => ({ kind: 'silent', ...atShard(strike) })),
  'drop-acks': byPlatform((strike) => ({ kind: 'drop-acks', times: DROPPED_ACKS, ...atShard(strike) })),
  // Messages have an id of their own, whatever the switches say.
  duplicate: byPlatform(() => ({ kind: 'duplicate', t: 'C2C_MESSAGE_CREATE', times: COPIES })),
  'end-session': byPlatform((strike) => ({ kind: 'end-session', ...atShard(strike) })),
  'refuse-resume': byPlatform(
    () => ({ kind: 'refuse-resume', times: 1, code: 4006 }),
    (strike) => ({ kind: 'cut', ...atShard(strike) }),
  ),
};

/** Many kinds of trouble at random times, some at the same time, and one value of each switch of the simulator; all from the seed. */
export const all: Scenario = {
  what: 'a random mix of trouble, and one value of each switch of the platform',
  stores: ['memory', 'redis', 'etcd'],
  switches: drawSwitches,
  tell: (options) => {
    const switches = Object.keys(options.switches);
    return [
      `  ${switches.map((name) => `${name}=${options.switches[name]}`).join(' ')}`,
      ...tellMixture(drawMixture(options)),
    ];
  },
  settings: (options) => ({ plan: { slow: drawMixture(options).slow } }),
  strike: async ({ stage, options, leftMs }) => {
    const { strikes } = drawMixture(options);
    const gate = new Gate();
    const startedMs = performance.now() - (options.seconds * 1_000 - leftMs());
    await Promise.all(
      strikes.map(async (strike) => {
        await sleep(Math.max(0, startedMs + strike.atMs - performance.now()));
        await BLOWS[strike.kind]({ stage, options, gate }, strike);
      }),
    );
    await stage.untilWell(3 * options.leaseMs + 90_000);
  },
  rules: () => ({ timedOut: 0, explainsIdentifies: true }),
  goalMs: ({ leaseMs }) => BEYOND_LEASE * leaseMs + GOAL_MS,
};
