/** A length of time in milliseconds. */
export type Duration = number;

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Reads Go's notation of a length of time (`300ms`, `1m30s`, `-1.5h`, `0`).
 * @returns Milliseconds; undefined when the text is not a length of time.
 */
export function parseDuration(text: string): Duration | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const rest = text.replace(/^[+-]/, '');
  if (rest === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return undefined;
  let ms = 0;
  for (const [, amount, unit] of rest.matchAll(/([\d.]+)([a-zµμ]+)/g))
    ms += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  return sign * ms;
}

/** Writes a length of time so that {@link parseDuration} reads it back. BotGo writes a bare number of nanoseconds. */
export function formatDuration(durationMs: Duration): string {
  return durationMs === 0 ? '0s' : `${durationMs}ms`;
}
