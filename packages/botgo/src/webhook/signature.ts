import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { ConfigError } from '../errs/index.js';

/** Header with the signature: 128 hex characters. BotGo's `signature.HeaderSig`. */
export const headerSig = 'X-Signature-Ed25519';
/** Header with the Unix seconds that are signed before the body. BotGo's `signature.HeaderTimestamp`. */
export const headerTimestamp = 'X-Signature-Timestamp';
/** Header with the app id that a callback is for. */
export const headerBotAppId = 'X-Bot-Appid';

const SEED_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** What stands before a 32-byte seed in the PKCS#8 form of an Ed25519 key (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SIGNATURE_HEX = /^[0-9a-fA-F]{128}$/;
const DIGITS = /^[0-9]{1,20}$/;

/** The key pair made of a bot's secret. Platform and bot hold the same one: the platform signs callbacks, the bot signs op 13. */
export interface SignatureKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** What is signed, and the signature. */
export interface SignedRequest {
  /** Header {@link headerSig}; upper-case hex is accepted. */
  readonly signature: string | undefined;
  /** Header {@link headerTimestamp}. */
  readonly timestamp: string | undefined;
  /** The body's bytes as they came. A body that was parsed and written again has another signature. */
  readonly body: Uint8Array;
}

/**
 * The Ed25519 key pair of a bot's secret: the secret is doubled until it has 32 bytes, cut there, and used as the seed.
 * @throws {ConfigError} for an empty secret.
 * @see bot-docs `dev-prepare/interface-framework/sign.md`
 */
export function signatureKey(secret: string): SignatureKey {
  if (secret === '')
    throw new ConfigError('the bot secret is empty: callbacks cannot be verified without it');
  let seed = Buffer.from(secret, 'utf8');
  while (seed.length < SEED_BYTES) seed = Buffer.concat([seed, seed]);
  const der = Buffer.concat([PKCS8_PREFIX, seed.subarray(0, SEED_BYTES)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/**
 * Whether a request is signed with the key: `timestamp` and `body` put together, without anything between. A missing header, a
 * timestamp that is no number and a signature of another form are all a plain `false`; BotGo verifies over nothing when the
 * timestamp is missing (its defect D-W3). The timestamp's age is not looked at.
 */
export function verifySignature(key: string | SignatureKey, request: SignedRequest): boolean {
  const { signature, timestamp, body } = request;
  if (signature === undefined || !SIGNATURE_HEX.test(signature)) return false;
  // Digits only: otherwise the border between timestamp and body could be moved without touching the signature.
  if (timestamp === undefined || !DIGITS.test(timestamp)) return false;
  const bytes = Buffer.from(signature, 'hex');
  // The three highest bits of an Ed25519 signature are never set.
  if (((bytes[SIGNATURE_BYTES - 1] ?? 0xff) & 0xe0) !== 0) return false;
  const { publicKey } = typeof key === 'string' ? signatureKey(key) : key;
  return verify(null, signedBytes(timestamp, body), publicKey, bytes);
}

/**
 * The signature of a request, lower-case hex: what the platform puts into {@link headerSig}. For tests, and for servers that send
 * callbacks. Never sign what a caller chose: see `genValidationAck`.
 */
export function generateSignature(
  key: string | SignatureKey,
  timestamp: string,
  body: Uint8Array | string,
): string {
  const { privateKey } = typeof key === 'string' ? signatureKey(key) : key;
  return sign(null, signedBytes(timestamp, body), privateKey).toString('hex');
}

function signedBytes(timestamp: string, body: Uint8Array | string): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  const all = Buffer.allocUnsafe(timestamp.length + bytes.length);
  all.write(timestamp, 'latin1');
  all.set(bytes, timestamp.length);
  return all;
}
