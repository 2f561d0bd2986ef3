import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errs/index.js';
import { generateSignature, type SignedRequest, signatureKey, verifySignature } from './signature.js';

const PRETTY_BODY = '{\n  "op": 0,\n  "d": {},\n  "t": "GATEWAY_EVENT_NAME"\n}';
const ONE_LINE_BODY = '{ "op": 0,"d": {}, "t": "GATEWAY_EVENT_NAME"}';
const BOTGO_BODY =
  '{"id":"ROBOT1.0_veoihSEXDc8Q.g-6eLpNIa11bH8MisOjn-m-LKxCPntMk6exUXgcWCGpVO7L2QKTNZzjZzFFDSbiOFcqAPWyVA!!","content":"哦一下","timestamp":"2024-10-15T16:33:15+08:00","author":{"id":"675860273","user_openid":"675860273"}}';
const DOCS_SIGNATURE =
  '865ad13a61752ca65e26bde6676459cd36cf1be609375b37bd62af366e1dc25a8dc789ba7f14e017ada3d554c671a911bfdf075ba54835b23391d509579ed002';

/** The vectors of `webhook.md` section 7; of op 13 (a) the signed text stands where the others have a body. */
const VECTORS = {
  a: {
    secret: 'DG5g3B4j9X2KOErG',
    publicKey: '8b28ded5630f9051c205dd04c6ec56ad0b08b8812b2fe30ee9aece0ab41926f3',
    timestamp: '1725442341',
    body: 'Arq0D5A61EgUu4OxUvOp',
    signature:
      '87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d01bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706',
  },
  b1: {
    secret: 'naOC0ocQE3shWLAfffVLB1rhYPG7',
    publicKey: 'd7c362fe78aef81ff23287b493628b5db02a3c4fe30b215e4d19609b5d76673a',
    timestamp: '1725442341',
    body: ONE_LINE_BODY,
    signature:
      '2eb9983ebb8bb209e78fd095942f58e442656656e7975d01e64f9023a84b7c964290fdd40e5500c33867ccfe9563b7e0b6bac0e1d42c13e787b304fd51f71102',
  },
  b2: {
    secret: 'naOC0ocQE3shWLAfffVLB1rhYPG7',
    publicKey: 'd7c362fe78aef81ff23287b493628b5db02a3c4fe30b215e4d19609b5d76673a',
    timestamp: '1725442341',
    body: PRETTY_BODY,
    signature: DOCS_SIGNATURE,
  },
  c: {
    secret: '123456abcdef',
    publicKey: undefined,
    timestamp: '1728981195',
    body: BOTGO_BODY,
    signature:
      'e949b5b94ef4103df903fb031d1d16e358db3db83e79e117edd404c8508be3ce8a76d7bad1bed353194c126a1a5915b4ad8b5288c1191cc53a12acffccd82004',
  },
};

function requestOf(vector: { timestamp: string; body: string; signature: string }): SignedRequest {
  return { timestamp: vector.timestamp, body: Buffer.from(vector.body), signature: vector.signature };
}

describe('the vectors of webhook.md', () => {
  it.each(Object.entries(VECTORS))('%s verifies, and is what we would sign', (_name, vector) => {
    expect(verifySignature(vector.secret, requestOf(vector))).toBe(true);
    expect(generateSignature(vector.secret, vector.timestamp, vector.body)).toBe(vector.signature);
  });

  it.each(Object.entries(VECTORS).filter(([, vector]) => vector.publicKey))(
    '%s: public key',
    (_name, vector) => {
      const raw = signatureKey(vector.secret).publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
      expect(raw.toString('hex')).toBe(vector.publicKey);
    },
  );

  it("the documents' signature does not belong to the body as they print it", () => {
    expect(verifySignature(VECTORS.b1.secret, { ...requestOf(VECTORS.b1), signature: DOCS_SIGNATURE })).toBe(
      false,
    );
  });
});

describe('the key', () => {
  it.each([1, 3, 7, 15, 16, 17, 31, 32, 33, 64])(
    'a secret of %i characters is repeated and cut',
    (length) => {
      const secret = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(2).slice(0, length);
      const repeated = secret.repeat(32).slice(0, 32);
      expect(generateSignature(secret, '1', 'x')).toBe(generateSignature(repeated, '1', 'x'));
    },
  );

  it('an empty secret is a mistake of the configuration', () => {
    expect(() => signatureKey('')).toThrow(ConfigError);
  });
});

describe('what does not verify', () => {
  const good = requestOf(VECTORS.c);
  const key = signatureKey(VECTORS.c.secret);
  const last = Number.parseInt(VECTORS.c.signature.slice(-2), 16);

  it.each<[string, Partial<SignedRequest>]>([
    ['no signature', { signature: undefined }],
    ['an empty signature', { signature: '' }],
    ['a short signature', { signature: VECTORS.c.signature.slice(2) }],
    ['a long signature', { signature: `${VECTORS.c.signature}00` }],
    ['a signature that is not hex', { signature: `zz${VECTORS.c.signature.slice(2)}` }],
    ['two signatures in one header', { signature: `${VECTORS.c.signature}, ${VECTORS.c.signature}` }],
    [
      'a high bit in the last byte',
      { signature: VECTORS.c.signature.slice(0, -2) + (last | 0x20).toString(16).padStart(2, '0') },
    ],
    ['no timestamp', { timestamp: undefined }],
    ['an empty timestamp', { timestamp: '' }],
    ['another timestamp', { timestamp: '1728981196' }],
    ['a timestamp that is no number', { timestamp: '1728981195 ' }],
    ['one byte of the body changed', { body: Buffer.from(BOTGO_BODY.replace('content', 'c0ntent')) }],
    ['an empty body', { body: new Uint8Array() }],
    ['the body taken into the timestamp', { timestamp: `1728981195${BOTGO_BODY}`, body: new Uint8Array() }],
  ])('%s', (_name, change) => {
    expect(verifySignature(key, { ...good, ...change })).toBe(false);
  });

  it('accepts upper-case hex, as Go does', () => {
    const upper = VECTORS.c.signature.toUpperCase();
    expect(verifySignature(key, { ...good, signature: upper })).toBe(true);
  });

  it('a signature of nothing does not open requests without a timestamp', () => {
    const signature = generateSignature(key, '', '');
    expect(verifySignature(key, { signature, timestamp: undefined, body: Buffer.from(BOTGO_BODY) })).toBe(
      false,
    );
    expect(verifySignature(key, { signature, timestamp: '', body: new Uint8Array() })).toBe(false);
  });

  it('the key of another bot', () => {
    expect(verifySignature('another secret', good)).toBe(false);
  });
});
