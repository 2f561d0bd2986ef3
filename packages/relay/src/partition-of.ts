/**
 * Which of `count` partitions a key belongs to, for brokers that do not choose themselves: FNV-1a over the key's UTF-8 bytes, mixed so
 * that its lower bits count, modulo `count`. Never changes: two releases side by side must agree.
 */
export function partitionOf(key: string, count: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) {
    const code = key.charCodeAt(at);
    if (code > 0x7f) return partitionOfBytes(Buffer.from(key), count);
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return fold(hash, count);
}

function partitionOfBytes(bytes: Buffer, count: number): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return fold(hash, count);
}

function fold(hash: number, count: number): number {
  return ((hash ^ (hash >>> 16)) >>> 0) % count;
}
