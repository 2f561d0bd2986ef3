// `npm run -s docs:from-botgo [-- --check]`: writes the two guides for people who come from BotGo, or says whether they
// are up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeGuides } from './coverage/guide.mjs';
import { readTables } from './coverage/tables.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const guides = writeGuides(readTables(`${root}facts`));
for (const [language, file] of Object.entries({ en: 'docs/from-botgo.md', zh: 'docs/from-botgo.zh-CN.md' })) {
  if (!process.argv.includes('--check')) writeFileSync(root + file, guides[language]);
  else if (readFileSync(root + file, 'utf8') !== guides[language]) {
    process.stderr.write(`${file} is not what the answers say: npm run -s docs:from-botgo\n`);
    process.exitCode = 1;
  }
}
