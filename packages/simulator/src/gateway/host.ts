import type { SimClock } from '../clock.js';
import type { Ids } from '../ids.js';
import type { Switches } from '../rules/switches.js';
import type { Bot } from '../world/model.js';
import type { GatewayObserver } from './observer.js';

/** What the gateway asks its platform. */
export interface GatewayHost {
  readonly clock: SimClock;
  readonly ids: Ids;
  readonly switches: Readonly<Switches>;
  readonly observer: GatewayObserver;
  /** True: sessions remember event numbers for a record. */
  readonly keepsNumbers: boolean;
  /** Reads a token of Identify or Resume. */
  authenticate(token: string | undefined, allowBare: boolean): 'bad' | 'no-prefix' | Bot;
  takeSessionStart(bot: Bot): 'ok' | 'no-budget' | 'too-fast';
  guildsOnShard(bot: Bot, shard: number, count: number): number;
  bot(appId: string): Bot | undefined;
  /** A close code that a fault has in store for the next Identify or Resume. */
  faultAt(
    step: 'identify' | 'resume',
    appId: string,
  ): { readonly code: number; readonly ends: boolean } | undefined;
}
