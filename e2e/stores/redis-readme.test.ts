import { inject } from 'vitest';
import { runReadmeTwice } from './readme-program.js';

runReadmeTwice('packages/redis', 'redis://127.0.0.1:6379', () => inject('redisUrl'));
