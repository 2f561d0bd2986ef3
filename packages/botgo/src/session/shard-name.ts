/** What a shard is called in the store: sessions of another shard count or intent mask are other shards. */
export function shardName(generation: string, shard: number): string {
  return `shard/${generation}/${shard}`;
}

/** (Shard count, intent mask). A session of another generation is never resumed: old intents would stay. */
export function generationOf(shardCount: number, intents: number): string {
  return `${shardCount}.${intents}`;
}

/** The shard behind a name, or `undefined` for a name of another kind or generation. */
export function shardOfName(generation: string, name: string): number | undefined {
  const prefix = `shard/${generation}/`;
  if (!name.startsWith(prefix)) return undefined;
  const shard = Number(name.slice(prefix.length));
  return Number.isInteger(shard) ? shard : undefined;
}
