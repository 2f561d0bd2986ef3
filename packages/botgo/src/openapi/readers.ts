import type { IncomingHttpHeaders } from 'node:http';

/** What a reader returns for a body that is not of the documented shape. */
export const WRONG_SHAPE = Symbol('wrong shape');

/** Takes the JSON of a successful answer (`undefined`: there was no body) to a result. Pure; checks the outermost shape only. */
export type Read<Result> = (body: unknown, headers: IncomingHttpHeaders) => Result | typeof WRONG_SHAPE;

/** An object; trusted after this. */
export function readObject<Result extends object>(body: unknown): Result | typeof WRONG_SHAPE {
  return isObject(body) ? (body as Result) : WRONG_SHAPE;
}

/** An object, or the array with one object in it that the oldest description of the API (bot-oas) has. */
export function readObjectOrFirst<Result extends object>(body: unknown): Result | typeof WRONG_SHAPE {
  return readObject<Result>(Array.isArray(body) && body.length === 1 ? body[0] : body);
}

/** An object, or nothing where the oldest description of the API (bot-oas) has 204. */
export function readObjectOrNothing<Result extends object>(
  body: unknown,
): Result | undefined | typeof WRONG_SHAPE {
  return body === undefined ? undefined : readObject<Result>(body);
}

/** An array; trusted after this. */
export function readArray<Item>(body: unknown): Item[] | typeof WRONG_SHAPE {
  return Array.isArray(body) ? (body as Item[]) : WRONG_SHAPE;
}

/** Whatever the platform says: `{}`, nothing, or what an older version of it returned. */
export function readNothing(): void {}

/** Any JSON, or nothing. */
export function readAnything(body: unknown): unknown {
  return body;
}

/** @internal */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
