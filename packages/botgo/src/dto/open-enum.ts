/**
 * The values of a table, plus any other number: the platform adds values without notice, and an unknown one must
 * pass through unchanged.
 */
export type OpenNumber<Table extends Readonly<Record<string, number>>> = Table[keyof Table] | (number & {});

/** As {@link OpenNumber}, for string values. */
export type OpenString<Table extends Readonly<Record<string, string>>> = Table[keyof Table] | (string & {});
