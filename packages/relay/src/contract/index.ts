import { HANDLING_CASES } from './handling.js';
import { MEMBER_CASES } from './members.js';
import { PUBLISHING_CASES } from './publishing.js';
import type { ContractCase } from './stage.js';

export type { BrokerAbility, ContractBroker, ContractStream, MemberProgram } from './broker.js';
export type { ContractCase } from './stage.js';

/** What every adapter keeps, against its real broker: memory, Redis Streams, Kafka and Pulsar run it, and so can yours. */
export const ADAPTER_CONTRACT: readonly ContractCase[] = [
  ...PUBLISHING_CASES,
  ...HANDLING_CASES,
  ...MEMBER_CASES,
];
