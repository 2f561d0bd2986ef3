// Turns what was found into the figures and lines of `npm run coverage`.

/**
 * @param {string[]} rows - Ids of the rows of a table.
 * @param {Record<string, Map<string, string>>} columns - Per column, what is wrong, by row.
 * @param {string[]} unknown - What the code has and the table has not.
 * @returns {{total: number, missing: {row: string, column: string, why: string}[]}} with a count per column.
 */
export function area(rows, columns, unknown = []) {
  const result = { total: rows.length };
  const missing = [];
  for (const [column, problems] of Object.entries(columns)) {
    result[column] = rows.filter((row) => !problems.has(row)).length;
    for (const row of rows) {
      if (problems.has(row)) missing.push({ row, column, why: problems.get(row) });
    }
  }
  for (const row of unknown) missing.push({ row, column: 'facts', why: 'in the code, and in no table' });
  return { ...result, missing };
}

const shown = 20;

/** @returns {string} What a person reads: what is missing, then one line per area. */
export function text({ ok, ...areas }) {
  const lines = [];
  for (const [name, { missing }] of Object.entries(areas)) {
    for (const { row, column, why } of missing.slice(0, shown))
      lines.push(`  ${name} ${row}: ${column}: ${why}`);
    if (missing.length > shown) lines.push(`  ${name}: ${missing.length - shown} more, see --json`);
  }
  for (const [name, { total, missing, ...counts }] of Object.entries(areas)) {
    const figures = Object.entries(counts).map(([column, count]) => `${count}/${total} ${column}`);
    lines.push(`${name}: ${figures.join(', ')}`);
  }
  return `${lines.join('\n')}\n${ok ? '' : 'coverage: incomplete\n'}`;
}
