import assert from 'node:assert/strict';

const PATIENCE_MS = 120_000;
const POLL_MS = 20;

/** Waits for a condition; how long that takes on a busy machine decides nothing. */
export async function eventually(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  detail: () => unknown = () => '',
): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (!(await isTrue())) {
    if (performance.now() > untilMs)
      assert.fail(`waited ${PATIENCE_MS} ms in vain until ${what} ${JSON.stringify(detail())}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
