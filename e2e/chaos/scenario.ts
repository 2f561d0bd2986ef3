import type { Rules } from './judge/judge.js';
import type { Options, StoreKind } from './options.js';
import type { Random } from './random.js';
import type { NodeSettings, Stage } from './stage.js';

/** What strikes have at hand. */
export interface Strikes {
  readonly stage: Stage;
  readonly options: Options;
  readonly random: Random;
  /** Time that is left of the load, in milliseconds. */
  leftMs(): number;
}

/** One kind of trouble. */
export interface Scenario {
  /** One line for a person. */
  readonly what: string;
  readonly stores: readonly StoreKind[];
  /** Not run unless named. */
  readonly isOptIn?: boolean | undefined;
  /** Processes at the start, where the scenario and not the caller says so. */
  readonly nodes?: number | undefined;
  /** Switches that the scenario needs or draws. */
  readonly switches?: ((random: Random) => Readonly<Record<string, string | number>>) | undefined;
  /** What it drew from the seed, one line each. */
  tell?(options: Options): readonly string[];
  settings?(options: Options): NodeSettings;
  /** Does the damage while the load goes on; returns when all of it is done. */
  strike(strikes: Strikes): Promise<void>;
  rules(options: Options): Partial<Rules>;
  /** What `delayMaxMs` should stay below. */
  goalMs(options: Options): number;
}
