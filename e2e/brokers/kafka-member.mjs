// A member of a group for the contract's process that is killed: plain Node must be able to import it.
import { kafkaSource } from '@botgo/relay/kafka';

export const createSource = (options) => kafkaSource(options);
