import type { BenchCase, RunningCase } from './bench-case.js';
import { type Quartiles, quartiles } from './quartiles.js';

/** A case's figures, in the form of the JSON output. */
export interface CaseResult {
  readonly name: string;
  readonly unit: string;
  readonly ours: Quartiles;
  readonly limit: Quartiles;
  /** Ours ÷ limit, round by round. */
  readonly ratio: Quartiles;
  /** Limit ÷ limit, round by round: what the machine's noise alone makes of "the same". */
  readonly control: Quartiles;
  readonly goal: number | null;
}

/** A control median outside these bounds makes a run worthless. */
export const CONTROL_BOUNDS = Object.freeze({ low: 0.93, high: 1.07 });

const WARM_UP_ROUNDS = 2;

/** The sides of a round, in turn at every place of it: what comes first in a round is dearer. */
const ORDERS = [
  ['ours', 'limit', 'control'],
  ['limit', 'control', 'ours'],
  ['control', 'ours', 'limit'],
] as const;

/** Runs a case; once more when the machine was too noisy, and then takes what comes. */
export async function runCase(
  benchCase: BenchCase,
  rounds: number,
  say: (line: string) => void,
): Promise<CaseResult> {
  await using running = await benchCase.setup();
  const first = await measure(benchCase, running, rounds);
  if (!isNoisy(first)) return first;
  say(`${benchCase.name}: too noisy (control ${first.control.median}), once more`);
  const second = await measure(benchCase, running, rounds);
  if (isNoisy(second))
    say(`${benchCase.name}: too noisy (control ${second.control.median}) again: do not trust it`);
  return second;
}

/** Whether identical code came out too different. */
export function isNoisy({ control }: Pick<CaseResult, 'control'>): boolean {
  return control.median < CONTROL_BOUNDS.low || control.median > CONTROL_BOUNDS.high;
}

async function measure(benchCase: BenchCase, running: RunningCase, rounds: number): Promise<CaseResult> {
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    await running.ours();
    await running.limit();
  }
  const costs: Record<(typeof ORDERS)[number][number], number[]> = { ours: [], limit: [], control: [] };
  for (let round = 0; round < rounds; round++) {
    for (const side of ORDERS[round % ORDERS.length] ?? ORDERS[0])
      costs[side].push(side === 'ours' ? await running.ours() : await running.limit());
  }
  const { ours, limit, control } = costs;
  const perRound = (over: readonly number[]) =>
    quartiles(over.map((cost, round) => cost / (limit[round] ?? Number.NaN)));
  const { name, unit, goal } = benchCase;
  return {
    name,
    unit,
    ours: quartiles(ours),
    limit: quartiles(limit),
    ratio: perRound(ours),
    control: perRound(control),
    goal,
  };
}
