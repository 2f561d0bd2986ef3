#!/usr/bin/env node
import { readWorkerArguments, WORKER_USAGE } from './arguments.js';
import { main } from './main.js';
import { startWorker } from './start-worker.js';

await main(WORKER_USAGE, readWorkerArguments, startWorker);
