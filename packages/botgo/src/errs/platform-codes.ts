import { type PlatformAction, type PlatformCode, platformCodeGroups } from './platform-codes-table.js';

/** A range of codes that the platform set aside for a topic; a code in it need not be known. */
export interface PlatformCodeRange {
  readonly from: number;
  readonly to: number;
  readonly topic: string;
}

/** BotGo's name for 11244: the access token expired, or never existed. */
export const apiCodeTokenExpireOrNotExist = 11244;

/** The 348 known codes. */
export const platformCodes: ReadonlyMap<number, PlatformCode> = new Map(
  platformCodeGroups.flatMap((group) => group.codes).map((entry) => [entry.code, Object.freeze(entry)]),
);

/** Ranges that the platform's documents name. */
export const platformCodeRanges: readonly PlatformCodeRange[] = Object.freeze([
  { from: 301000, to: 301099, topic: 'channel permission' },
  { from: 501000, to: 501999, topic: 'announces and pins' },
  { from: 502000, to: 502099, topic: 'mute' },
  { from: 504000, to: 504999, topic: 'message settings' },
  { from: 610000, to: 619999, topic: 'API permission' },
  { from: 620001, to: 629999, topic: 'reaction' },
  { from: 630001, to: 639999, topic: 'interaction answer' },
  { from: 1000000, to: 2999999, topic: 'sending messages' },
  { from: 3000000, to: 3999999, topic: 'editing messages' },
]);

/**
 * What a code means at an endpoint.
 * @param endpoint - Path of the request, without the query. Three codes mean something else at one endpoint; without it
 * they have their general meaning.
 * @returns undefined for a code that is not known.
 */
export function platformCode(code: number, endpoint?: string): PlatformCode | undefined {
  const entry = platformCodes.get(code);
  const elsewhere = entry?.elsewhere;
  if (entry === undefined || elsewhere === undefined || !endpoint?.endsWith(elsewhere.endpoint)) return entry;
  return { code, ...elsewhere };
}

/** What a code is about: the topic of a known code, or that of the range it lies in; undefined for neither. */
export function platformCodeTopic(code: number): string | undefined {
  const group = platformCodeGroups.find(({ codes }) => codes.some((entry) => entry.code === code));
  return group?.topic ?? platformCodeRanges.find(({ from, to }) => code >= from && code <= to)?.topic;
}

/**
 * What to do about an answer whose body has no code, or one that is not known.
 * @param httpStatus - 0 when there was no answer: a broken connection or a time-out.
 */
export function httpStatusAction(httpStatus: number): PlatformAction {
  if (httpStatus === 0 || httpStatus >= 500) return 'RETRY';
  if (httpStatus === 401) return 'AUTH';
  if (httpStatus === 403) return 'PERM';
  if (httpStatus === 429) return 'LIMIT';
  return 'PARAM';
}

/**
 * What to do about an error of the platform. A known code decides; else the HTTP status does: 5xx is `RETRY`, and what
 * has no class of its own is `PARAM`. Whether a `RETRY` is safe is the caller's to know: a message may have been sent
 * although its answer was lost.
 * @param code - `err_code` of the body, else `code`; 0 or undefined when there was none.
 * @param httpStatus - 0 when there was no answer.
 * @param endpoint - Path of the request, without the query.
 */
export function platformCodeAction(
  code: number | undefined,
  httpStatus: number,
  endpoint?: string,
): PlatformAction {
  const known = code === undefined ? undefined : platformCode(code, endpoint);
  return known?.action ?? httpStatusAction(httpStatus);
}
