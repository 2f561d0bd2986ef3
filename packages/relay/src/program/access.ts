#!/usr/bin/env node
import { ACCESS_USAGE, readAccessArguments } from './arguments.js';
import { main } from './main.js';
import { startAccess } from './start-access.js';

await main(ACCESS_USAGE, readAccessArguments, startAccess);
