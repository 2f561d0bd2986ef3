// Are the platform's error codes in botgo/errs, with what to do about each?

/**
 * @param errs - The built module `botgo/errs`.
 * @returns Problems by code, and codes that the facts lack.
 */
export function checkErrors(tables, errs) {
  const problems = new Map();
  for (const { code } of tables.errors) {
    const known = errs.platformCodes?.get(code);
    const action = tables.errorActions[code];
    if (known === undefined) problems.set(String(code), 'not known');
    else if (action === undefined) problems.set(String(code), 'the facts name no action');
    else if (known.action !== action)
      problems.set(String(code), `action is ${known.action}, and ${action} in the facts`);
    else if (errs.platformCodeAction(code, 200) !== action)
      problems.set(String(code), `is not treated as ${action}`);
  }
  const rows = new Set(tables.errors.map(({ code }) => code));
  const unknown = [...(errs.platformCodes?.keys() ?? [])].filter((code) => !rows.has(code)).map(String);
  return { problems, unknown };
}
