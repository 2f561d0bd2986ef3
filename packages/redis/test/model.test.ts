import { inject } from 'vitest';
import { coordinatorModel } from '../../botgo/test/coordinator-model.js';
import { redisCoordinator } from '../src/index.js';
import { newPrefix } from './own-redis.js';

coordinatorModel('redis', 60, () =>
  redisCoordinator({ url: inject('redisUrl'), prefix: newPrefix(), refillGraceMs: 0 }),
);
