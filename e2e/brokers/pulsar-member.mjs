// A member of a group for the contract's process that is killed: plain Node must be able to import it.
import { pulsarSource } from '@botgo/relay/pulsar';

export const createSource = (options) => pulsarSource(options);
