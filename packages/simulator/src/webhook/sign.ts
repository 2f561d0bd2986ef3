import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/** PKCS#8 header of an ed25519 private key; the 32-byte seed follows. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;

/** The key of a bot: its secret, doubled until it has 32 bytes, then cut. Source: webhook.md 3. */
export function webhookKey(secret: string): KeyObject {
  if (secret === '') throw new RangeError('an empty secret gives no key');
  let seed = Buffer.from(secret);
  while (seed.length < SEED_BYTES) seed = Buffer.concat([seed, seed]);
  const der = Buffer.concat([PKCS8_HEAD, seed.subarray(0, SEED_BYTES)]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** Hex signature of the texts one behind the other. */
export function signText(key: KeyObject, ...texts: readonly string[]): string {
  return sign(null, Buffer.from(texts.join('')), key).toString('hex');
}

/** True when `signature` (hex, any case) is the key's for the texts. */
export function isSignedBy(key: KeyObject, signature: string, ...texts: readonly string[]): boolean {
  if (!/^[0-9a-f]{128}$/i.test(signature)) return false;
  return verify(null, Buffer.from(texts.join('')), createPublicKey(key), Buffer.from(signature, 'hex'));
}
