import { redisCoordinator } from '@botgo/redis';
import type { Coordinator } from 'botgo/session';

const SHARD = /^shard\/.*\/(\d+)$/;

/** Who holds what, as the store has it: the same for whoever looks. */
export class Holders {
  readonly #store: Coordinator;
  /** Process → its shards, in order. */
  #shards = new Map<string, readonly number[]>();

  constructor(url: string, appId: string) {
    this.#store = redisCoordinator({ url, appId });
  }

  async look(): Promise<void> {
    const { members, resources } = await this.#store.view();
    const shards = new Map<string, number[]>(members.map(({ memberId }) => [memberId, []]));
    for (const { name, owner } of resources) {
      const shard = SHARD.exec(name)?.[1];
      if (shard !== undefined && owner !== undefined) shards.get(owner)?.push(Number(shard));
    }
    for (const list of shards.values()) list.sort((a, b) => a - b);
    this.#shards = new Map([...shards].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
  }

  /** Whether these processes and no others hold all shards, none more than one above another. */
  isShared(by: readonly string[], shardCount: number): boolean {
    const sizes = by.map((member) => this.#shards.get(member)?.length ?? 0);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    return (
      this.#shards.size === by.length && total === shardCount && Math.max(...sizes) - Math.min(...sizes) <= 1
    );
  }

  shardsOf(member: string): readonly number[] {
    return this.#shards.get(member) ?? [];
  }

  /** A line for each process. */
  lines(): string[] {
    return [...this.#shards].map(
      ([member, shards]) => `  ${member.padEnd(12)}${String(shards.length).padStart(2)}  ${ranges(shards)}`,
    );
  }

  async close(): Promise<void> {
    await this.#store.close();
  }
}

/** `0-4 7 9-10` */
function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let start = 0; start < numbers.length; ) {
    let end = start;
    while (numbers[end + 1] === (numbers[end] ?? 0) + 1) end++;
    parts.push(end === start ? `${numbers[start]}` : `${numbers[start]}-${numbers[end]}`);
    start = end + 1;
  }
  return parts.join(' ');
}
