import { ConfigError } from '../errs/index.js';
import { type Read, readObjectOrFirst } from './readers.js';
import type { AlreadySent, PendingAudit, Sent } from './send-outcome.js';

/** HTTP methods of the OpenAPI. */
export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * What a second sending of the same request does: nothing new (`harmless`); the platform finds out that it is a copy
 * (`deduplicated`: a message with `msg_id` and `msg_seq`); or it may do the work twice (`unsafe`).
 */
export type Repeat = 'harmless' | 'deduplicated' | 'unsafe';

/** One route of the platform. */
export interface Endpoint<Result> {
  readonly verb: Verb;
  /** E.g. `/channels/{channel_id}/messages`. */
  readonly template: string;
  /** The template's fixed pieces: ids go between them. */
  readonly pieces: readonly string[];
  readonly repeat: Repeat;
  readonly read: Read<Result>;
  /** Not a route of the platform: no credential goes there, and the body of a success is not looked at. */
  readonly foreign?: true;
  /** Only for sending messages: takes what is neither a message nor an error to a result. */
  readonly outcome?: (outcome: PendingAudit | AlreadySent) => Result;
}

/**
 * Describes a route.
 * @param line - Method and path template, as `protocol/openapi.md` writes them: `GET /guilds/{guild_id}`.
 * @param repeat - Default: GET, PUT and DELETE are harmless to repeat, POST and PATCH are not.
 */
export function endpoint<Result>(
  line: `${Verb} /${string}`,
  read: Read<Result>,
  repeat?: Repeat,
): Endpoint<Result> {
  const space = line.indexOf(' ');
  const verb = line.slice(0, space) as Verb;
  const template = line.slice(space + 1);
  const pieces = Object.freeze(template.split(/\{\w+\}/));
  const byVerb: Repeat = verb === 'POST' || verb === 'PATCH' ? 'unsafe' : 'harmless';
  return Object.freeze({ verb, template, pieces, repeat: repeat ?? byVerb, read });
}

/** Describes a route that sends a message, see {@link Sent}. */
export function sendingEndpoint<Result extends object>(line: `${Verb} /${string}`): Endpoint<Sent<Result>> {
  return Object.freeze({
    ...endpoint<Sent<Result>>(line, readObjectOrFirst<Result>),
    outcome: (outcome: PendingAudit | AlreadySent) => outcome,
  });
}

/** A request to a URL that the platform gave, outside of it: an object store. */
export function foreignEndpoint<Result>(verb: Verb, read: Read<Result>): Endpoint<Result> {
  return Object.freeze({ ...endpoint(`${verb} /`, read), foreign: true as const });
}

/** Needs no encoding, which is so for every id of the platform. */
const PLAIN_SEGMENT = /^[\w-]+$/;

/**
 * The path of a call. Ids are encoded, so that none can lead to another route.
 * @throws {ConfigError} when an id is missing, empty or a dot segment, which servers take for a step in the tree.
 */
export function buildPath(
  { template, pieces }: Endpoint<unknown>,
  ids: readonly string[],
  query?: Readonly<Record<string, string>>,
): string {
  let path = pieces[0] ?? '';
  for (let index = 1; index < pieces.length; index++) {
    const id = ids[index - 1];
    path += typeof id === 'string' && PLAIN_SEGMENT.test(id) ? id : encodeSegment(template, index, id);
    path += pieces[index];
  }
  return query ? path + buildQuery(query) : path;
}

function encodeSegment(template: string, index: number, id: unknown): string {
  const name = template.match(/\{\w+\}/g)?.[index - 1] ?? 'id';
  if (typeof id !== 'string' || id === '')
    throw new ConfigError(
      `${template}: ${name} must be non-empty text, got ${id === '' ? 'empty text' : typeof id}`,
    );
  if (id === '.' || id === '..') throw new ConfigError(`${template}: ${name} must not be "${id}"`);
  try {
    return encodeURIComponent(id);
  } catch (cause) {
    throw new ConfigError(`${template}: ${name} is not well-formed text`, { cause });
  }
}

/** `?a=1&b=2`, or nothing. */
export function buildQuery(query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}
