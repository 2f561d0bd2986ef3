import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BadResponseError, OpenAPIError } from '../errs/index.js';
import { judge } from './answer.js';
import { endpoint, sendingEndpoint } from './endpoint.js';
import { readArray, readNothing, readObject } from './readers.js';

const RUNS = 20_000;
/** In the test's name, so that a failure can be seen again: BOTGO_SEED=… */
const SEED = Number(process.env.BOTGO_SEED ?? Math.floor(Math.random() * 2 ** 31));
const SECRET = 'token-value-0001';
const context = {
  verb: 'POST',
  path: '/channels/1/messages',
  redact: (text: string) => text.replaceAll(SECRET, '[redacted]'),
};
const endpoints = [
  endpoint('GET /a', readObject),
  endpoint('GET /b', readArray),
  endpoint('DELETE /c', readNothing),
  sendingEndpoint('POST /d'),
];

const status = fc.oneof(
  fc.constantFrom(200, 201, 202, 204, 301, 400, 401, 403, 404, 429, 500, 502, 504),
  fc.integer({ min: 100, max: 599 }),
);
/** Bodies that look like the platform's, and are not quite. */
const nearBody = fc.record(
  {
    code: fc.oneof(fc.constantFrom(0, 11244, 304023, 40054005), fc.jsonValue()),
    err_code: fc.oneof(fc.constantFrom(0, 40011028), fc.jsonValue()),
    message: fc.oneof(fc.string(), fc.constant(`x ${SECRET}`), fc.jsonValue()),
    trace_id: fc.jsonValue(),
    data: fc.oneof(
      fc.jsonValue(),
      fc.record({ message_audit: fc.oneof(fc.jsonValue(), fc.record({ audit_id: fc.jsonValue() })) }),
    ),
    id: fc.jsonValue(),
    audit_id: fc.jsonValue(),
    ['__proto__']: fc.constant({ polluted: true }),
    constructor: fc.jsonValue(),
    toString: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  nearBody.map((body) => JSON.stringify(body)),
  nearBody.map((body) => JSON.stringify(body).slice(0, -3)),
  nearBody.map((body) => `\uFEFF${JSON.stringify([body])}`),
  fc.constant(`<html>${SECRET}`),
);
const headers = fc.record(
  { 'x-tps-trace-id': fc.oneof(fc.string(), fc.constant(undefined)), etag: fc.string() },
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, string>>;

test(`${RUNS} answers of every kind (seed ${SEED}): a result or a documented error, never an exception, never a credential`, () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...endpoints),
      status,
      headers,
      text,
      (route, httpStatus, httpHeaders, body) => {
        const verdict = judge<unknown>(
          route,
          { status: httpStatus, headers: httpHeaders, text: body },
          context,
        );
        if (verdict.kind === 'error') {
          const { error } = verdict;
          expect(error instanceof OpenAPIError || error instanceof BadResponseError).toBe(true);
          expect(`${error.message}${JSON.stringify({ ...error, data: undefined })}`).not.toContain(SECRET);
          expect(error.message.length).toBeLessThan(1_000);
        } else {
          expect(httpStatus >= 200 && httpStatus < 300).toBe(true);
        }
        expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
      },
    ),
    { seed: SEED, numRuns: RUNS, verbose: 0 },
  );
});
