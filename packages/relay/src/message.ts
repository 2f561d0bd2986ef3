import type { Headers } from './envelope.js';

/** A message as a broker gives and takes it. Names of headers are lower case; a header that is no text is left out. */
export interface BrokerMessage {
  readonly headers: Headers;
  readonly value: Buffer;
}

/** A message that was given up, with the reason in its headers (`botgo-dead-…`) beside those it came with. */
export interface DeadMessage extends BrokerMessage {
  /** What chose its partition. */
  readonly key: string;
}
