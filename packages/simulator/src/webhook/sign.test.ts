import { describe, expect, it } from 'vitest';
import { isSignedBy, signText, webhookKey } from './sign.js';

/** Secret, what is signed, signature: the vectors of webhook.md 7. */
const VECTORS = [
  [
    'DG5g3B4j9X2KOErG',
    ['1725442341', 'Arq0D5A61EgUu4OxUvOp'],
    '87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d01bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706',
  ],
  [
    'naOC0ocQE3shWLAfffVLB1rhYPG7',
    ['1725442341', '{\n  "op": 0,\n  "d": {},\n  "t": "GATEWAY_EVENT_NAME"\n}'],
    '865ad13a61752ca65e26bde6676459cd36cf1be609375b37bd62af366e1dc25a8dc789ba7f14e017ada3d554c671a911bfdf075ba54835b23391d509579ed002',
  ],
  [
    '123456abcdef',
    [
      '1728981195',
      '{"id":"ROBOT1.0_veoihSEXDc8Q.g-6eLpNIa11bH8MisOjn-m-LKxCPntMk6exUXgcWCGpVO7L2QKTNZzjZzFFDSbiOFcqAPWyVA!!","content":"哦一下","timestamp":"2024-10-15T16:33:15+08:00","author":{"id":"675860273","user_openid":"675860273"}}',
    ],
    'e949b5b94ef4103df903fb031d1d16e358db3db83e79e117edd404c8508be3ce8a76d7bad1bed353194c126a1a5915b4ad8b5288c1191cc53a12acffccd82004',
  ],
] as const;

describe('webhook signatures', () => {
  it.each(VECTORS)('of the secret %s are the documented ones', (secret, texts, signature) => {
    const key = webhookKey(secret);
    expect(signText(key, ...texts)).toBe(signature);
    expect(isSignedBy(key, signature.toUpperCase(), ...texts)).toBe(true);
    expect(isSignedBy(key, signature, ...texts, ' ')).toBe(false);
    expect(isSignedBy(key, signature.slice(2), ...texts)).toBe(false);
  });

  it('cannot be made with an empty secret', () => {
    expect(() => webhookKey('')).toThrow(RangeError);
  });
});
