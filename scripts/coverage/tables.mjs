// The facts that code is compared with: facts/coverage/*.json, with facts/corrections.json and facts/extra.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

function read(folder, ...path) {
  return JSON.parse(readFileSync(join(folder, ...path), 'utf8'));
}

/** @param {string} folder - The folder `facts`. */
export function readTables(folder) {
  const corrections = read(folder, 'corrections.json');
  const objects = read(folder, 'coverage', 'objects.json').map((row) => ({
    ...row,
    id: `${row.object}.${row.field}`,
    ...corrections.objects[`${row.object}.${row.field}`],
  }));
  return {
    objects,
    events: read(folder, 'coverage', 'events.json'),
    errors: read(folder, 'coverage', 'errors.json'),
    errorActions: read(folder, 'error-actions.json'),
    openapi: read(folder, 'coverage', 'openapi.json'),
    botgo: read(folder, 'coverage', 'botgo.json'),
    botgoAnswers: read(folder, 'botgo-answers.json'),
    botgoChinese: read(folder, 'botgo-answers.zh.json'),
    extra: read(folder, 'extra.json'),
  };
}
