import type { MessageSender } from '../../src/message/index.js';

/** A call as it was made: method, target, body. */
export type SentCall = readonly [method: string, target: string, body: Record<string, unknown>];

/** An OpenAPI client that writes down what is sent; `answer` may throw or return something else for the n-th call, from 1. */
export function recordedSender(answer: (call: SentCall, count: number) => unknown = () => undefined) {
  const sent: SentCall[] = [];
  const record =
    (name: string) =>
    async (target: string, body: object): Promise<never> => {
      const call: SentCall = [name, target, { ...body }];
      sent.push(call);
      return (answer(call, sent.length) ?? { id: `sent-${sent.length}`, timestamp: 0 }) as never;
    };
  const sender: MessageSender = {
    postMessage: record('postMessage'),
    postDirectMessage: record('postDirectMessage'),
    postGroupMessage: record('postGroupMessage'),
    postC2CMessage: record('postC2CMessage'),
    postC2CStreamMessage: record('postC2CStreamMessage'),
    sendInputNotify: record('sendInputNotify'),
  };
  return { sender, sent };
}
