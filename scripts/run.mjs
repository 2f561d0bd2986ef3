// Builds, then runs a compiled program in this same process: `node scripts/run.mjs FILE [ARG ...]`.
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from './build.mjs';

build();
const [file, ...args] = process.argv.slice(2);
const path = resolve(fileURLToPath(new URL('..', import.meta.url)), file);
process.argv = [process.execPath, path, ...args];
await import(pathToFileURL(path).href);
