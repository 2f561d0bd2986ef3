/** An RFC 3339 date and time with a zone, e.g. `2021-05-20T15:14:58+08:00`. */
export type Timestamp = string;

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
// Some C2C messages carry Go's own notation: `2024-10-15 16:33:15.25 +0800 CST m=+0.25`.
const goTime = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?) ([+-]\d{2})(\d{2})\b.*$/;

/**
 * The moment a platform time stands for; undefined when the text is not a time with a zone.
 * Also reads the notation of Go's `Time.String`, which the platform has been seen to send.
 */
export function timestampTime(timestamp: Timestamp): Date | undefined {
  const text = timestamp.replace(goTime, '$1T$2$3:$4');
  const ms = rfc3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms);
}
