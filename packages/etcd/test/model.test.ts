import { inject } from 'vitest';
import { coordinatorModel } from '../../botgo/test/coordinator-model.js';
import { etcdCoordinator } from '../src/index.js';
import { newPrefix } from './support.js';

coordinatorModel('etcd', 25, () =>
  etcdCoordinator({ endpoints: inject('etcdUrl'), prefix: newPrefix(), refillGraceMs: 0 }),
);
