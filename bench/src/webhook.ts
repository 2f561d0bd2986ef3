import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { Delivery } from 'botgo/delivery';
import type { Message } from 'botgo/dto';
import { signatureKey, WebhookSource } from 'botgo/webhook';
import { type BenchCase, cpuPerOperation, type RunningCase } from './bench-case.js';

const EVENTS = 2_000;
const SECRET = 'naOC0ocQE3shWLAfffVLB1rhYPG7';
const TIMESTAMP = '1725442341';

/**
 * One callback from its bytes to the answer: signature, decoding, duplicates, handler and op 12 by a `WebhookSource` over a `Delivery`,
 * against bare `crypto.verify` over the same bytes and `JSON.parse`. Neither side has an HTTP server.
 */
export const WEBHOOK_CASES: readonly BenchCase[] = [
  { name: 'event', unit: 'µs CPU per event', goal: 1.1, setup: setUp },
];

interface SignedBody {
  readonly body: Buffer;
  readonly signature: string;
}

async function setUp(): Promise<RunningCase> {
  const { privateKey } = signatureKey(SECRET);
  const publicKey = createPublicKey(createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })));
  let n = 0;
  const makeBodies = (): SignedBody[] =>
    Array.from({ length: EVENTS }, () => {
      const body = Buffer.from(groupMessage(++n));
      const signature = sign(null, Buffer.concat([Buffer.from(TIMESTAMP), body]), privateKey).toString('hex');
      return { body, signature };
    });

  let handled = 0;
  const count = (message: Message): void => {
    if (message.content?.includes('weather')) handled++;
  };
  const source = new WebhookSource({ appId: '102000001', secret: SECRET });
  const running = source.run(new Delivery({ handle: (event) => count(event.d as Message) }));

  const round = async (take: (signed: SignedBody) => void | Promise<void>): Promise<number> => {
    const bodies = makeBodies();
    handled = 0;
    const cost = await cpuPerOperation(EVENTS, async () => {
      for (const signed of bodies) await take(signed);
    });
    if (handled !== EVENTS) throw new Error(`${EVENTS} callbacks were sent and ${handled} handled`);
    return cost;
  };
  return {
    ours: () =>
      round(async ({ body, signature }) => {
        const { status } = await source.answer({ body, signature, timestamp: TIMESTAMP });
        if (status !== 200) throw new Error(`a callback was answered ${status}`);
      }),
    limit: () =>
      round(async ({ body, signature }) => {
        const signed = Buffer.concat([Buffer.from(TIMESTAMP), body]);
        if (!verify(null, signed, publicKey, Buffer.from(signature, 'hex')))
          throw new Error('a signature is wrong');
        count((JSON.parse(body.toString()) as { d: Message }).d);
      }),
    async [Symbol.asyncDispose]() {
      await source.stop();
      await running;
    },
  };
}

function groupMessage(n: number): string {
  return JSON.stringify({
    op: 0,
    id: `GROUP_AT_MESSAGE_CREATE:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    t: 'GROUP_AT_MESSAGE_CREATE',
    d: {
      id: `ROBOT1.0_example${String(n).padStart(12, '0')}`,
      group_openid: '5566778899AABBCCDDEEFF0011223344',
      content: ' what will the weather be tomorrow?',
      timestamp: '2026-03-04T05:06:07+08:00',
      author: {
        id: 'F9E8D7C6B5A493827160F5E4D3C2B1A0',
        member_openid: 'F9E8D7C6B5A493827160F5E4D3C2B1A0',
      },
      message_type: 0,
    },
  });
}
