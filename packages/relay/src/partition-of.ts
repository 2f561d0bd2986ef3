/**
 * Which of `count` partitions a key belongs to, for brokers that do not choose themselves: FNV-1a over the key's UTF-8 bytes, mixed so
 * that its lower bits count, modulo `count`. Never changes: two releases side by side must agree.
 */
export function partitionOf(key: string, count: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash ^= hash >>> 16;
  return (hash >>> 0) % count;
}
