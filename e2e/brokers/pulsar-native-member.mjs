// A member of a group over a native client, for the contract's process that is killed: plain Node must be able to import it.
import { pulsarSource } from '@botgo/relay/pulsar';
import { openClient } from '../dist/brokers/pulsar-native.js';

export const createSource = ({ url, serviceUrl, ...options }) =>
  pulsarSource({ ...options, client: openClient({ url, serviceUrl }).client });
