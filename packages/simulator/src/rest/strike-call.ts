import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { HttpFault } from '../faults/faults.js';
import type { Platform } from '../platform.js';
import type { Reply } from './call.js';

export type Env = { Bindings: HttpBindings };

/** A reply as it goes out. */
export function answerOf(reply: Reply): Response {
  if (reply.body === undefined) return new Response(null, { status: reply.status });
  if (reply.body instanceof Uint8Array)
    return new Response(Buffer.from(reply.body), { status: reply.status });
  return new Response(JSON.stringify(reply.body), {
    status: reply.status,
    headers: { 'content-type': 'application/json' },
  });
}

/** The fault that is in store for a call, and, where it answers instead of the platform, the answer. */
export async function strike(
  platform: Platform,
  c: Context<Env>,
): Promise<{ readonly fault: HttpFault | undefined; readonly answer: Response | undefined }> {
  const { method, path } = c.req;
  const fault = platform.faults.atCall(method, path);
  if (fault === undefined) return { fault, answer: undefined };
  platform.stream.emit({ type: 'fault', kind: `http ${fault.answer} at ${method} ${path}` });
  return { fault, answer: await answerInstead(platform, fault, c) };
}

/** Answers instead of the platform, or waits before it does. */
async function answerInstead(
  platform: Platform,
  fault: HttpFault,
  c: Context<Env>,
): Promise<Response | undefined> {
  switch (fault.answer) {
    case 'error': {
      const body = { code: fault.code, message: fault.message };
      return answerOf({ status: fault.status, body });
    }
    case 'text':
      return new Response(fault.text, { status: fault.status, headers: { 'content-type': 'text/html' } });
    case 'never':
      return never();
    case 'reset':
      return fault.after ? undefined : hangUp(c);
    case 'slow':
      await new Promise<void>((resolve) => void platform.clock.after(fault.ms, resolve));
      return undefined;
    default:
      return fault satisfies never;
  }
}

/** Ends the connection without an answer. */
export function hangUp(c: Context<Env>): Promise<never> {
  c.env.incoming.socket.destroy();
  return never();
}

function never(): Promise<never> {
  return new Promise<never>(() => {});
}
