import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/**
 * Where processes of one bot share its access token, so that they do not ask for one each. What is written is sealed with a key made
 * from the app secret: the store, its backups and whoever reads it learn nothing. A store that fails is passed by: each process then
 * fetches for itself.
 */
export interface TokenStore {
  /** The text last written under `key`, if its time has not run out. */
  read(key: string): Promise<string | undefined>;
  /** Keeps `value` for `ttlMs`. */
  write(key: string, value: string, ttlMs: number): Promise<void>;
  /**
   * Optional: takes a lock for at most `ttlMs`, so that one process fetches while the others wait and read what it wrote.
   * @returns A function that gives it up, or `undefined` when another process has it.
   */
  lock?(key: string, ttlMs: number): Promise<(() => Promise<void>) | undefined>;
}

/** A token as processes hand it to each other; times are Unix milliseconds. */
export interface SharedToken {
  readonly value: string;
  readonly expiresAtMs: number;
  /** From here on a reader fetches a new one instead. */
  readonly refreshAtMs: number;
}

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals and opens what goes into a {@link TokenStore}. @internal */
export class TokenSeal {
  readonly #key: Buffer;
  readonly #appId: string;

  constructor(appId: string, secret: string) {
    this.#appId = appId;
    this.#key = Buffer.from(hkdfSync('sha256', secret, 'botgo token store', appId, 32));
  }

  seal(token: SharedToken): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, iv).setAAD(Buffer.from(this.#appId));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(token), 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** `undefined` for anything that was not sealed with this app's secret. */
  open(text: string): SharedToken | undefined {
    try {
      const bytes = Buffer.from(text, 'base64url');
      const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(this.#appId));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const json = Buffer.concat([
        decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)),
        decipher.final(),
      ]).toString('utf8');
      const token = JSON.parse(json) as Partial<SharedToken>;
      const { value, expiresAtMs, refreshAtMs } = token;
      if (typeof value !== 'string' || typeof expiresAtMs !== 'number' || typeof refreshAtMs !== 'number')
        return undefined;
      return { value, expiresAtMs, refreshAtMs };
    } catch {
      return undefined;
    }
  }
}
