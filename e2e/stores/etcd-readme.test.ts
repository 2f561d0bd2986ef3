import { inject } from 'vitest';
import { runReadmeTwice } from './readme-program.js';

runReadmeTwice('packages/etcd', 'http://127.0.0.1:2379', () => inject('etcdUrl'));
