import type { JsonObject } from '../json.js';
import type { Platform } from '../platform.js';
import { badRequest } from '../rules/refusal.js';
import type { Bot } from '../world/model.js';

/** A file of a multipart body. */
export interface UploadedFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** One authenticated REST call, without anything of HTTP but its words. */
export interface Call {
  readonly platform: Platform;
  readonly bot: Bot;
  readonly method: string;
  readonly path: string;
  /** The route's path with its parameters in braces: `/guilds/{guild_id}`. */
  readonly template: string;
  /** Path parameter; '' when the route has none of that name. */
  param(name: string): string;
  query(name: string): string | undefined;
  header(name: string): string | undefined;
  /** The JSON body, or the fields of a multipart one; an absent body is empty. */
  readonly body: JsonObject;
  readonly files: ReadonlyMap<string, UploadedFile>;
  /** `http://host:port` as the client reached it, for links in answers. */
  readonly origin: string;
}

export interface Reply {
  readonly status: number;
  /** Absent: no body at all. */
  readonly body?: unknown;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with `:name` parameters. */
  readonly path: string;
  readonly handler: Handler;
  /** Calls of one bot per second or minute. @defaultValue no limit */
  readonly perSecond?: number;
  readonly perMinute?: number;
}

/** `/guilds/:guild_id` as the documents write it: `/guilds/{guild_id}`. */
export function templateOf(route: Route): string {
  return route.path.replace(/:(\w+)/g, '{$1}');
}

export function ok(body: unknown): Reply {
  return { status: 200, body };
}

export const NO_CONTENT: Reply = { status: 204 };

/** A field that must be a string when it is there. @throws {Refusal} `code` otherwise */
export function optionalText(body: JsonObject, key: string, code: number): string | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw badRequest(code, `${key} must be a string`);
  return value;
}

/** A whole number, also as decimal text. @throws {Refusal} `code` when it is something else */
export function optionalWhole(value: unknown, key: string, code: number): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw badRequest(code, `${key} must be a whole number`);
  }
  return number;
}

/** A list of strings. @throws {Refusal} `code` when it is something else, or longer than `max` */
export function stringList(
  value: unknown,
  key: string,
  code: number,
  max = Number.POSITIVE_INFINITY,
): string[] {
  if (value === undefined || value === null) return [];
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (!isList) throw badRequest(code, `${key} must be a list of strings`);
  if (value.length > max) throw badRequest(code, `${key} may have at most ${max} entries`);
  return [...new Set(value as string[])];
}

/** A number of the query inside its bounds. */
export function limitOf(call: Call, fallback: number, max: number): number {
  const limit = Number(call.query('limit') ?? fallback);
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, max) : fallback;
}

/** A page of `items` behind an opaque cursor. */
export function pageOf<T>(
  call: Call,
  items: readonly T[],
  limit: number,
): { page: readonly T[]; next: string } {
  const from = Math.max(0, Number(call.query('cursor') || '0') || 0);
  const page = items.slice(from, from + limit);
  return { page, next: from + limit < items.length ? String(from + limit) : '' };
}
