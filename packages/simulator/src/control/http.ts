import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { FieldError, isObject } from '../json.js';
import type { SimEventType } from '../stream.js';
import type { Control } from './control.js';

/** Methods of {@link Control} that can be called over HTTP: name → takes a body. */
type Callable = {
  readonly [name: string]: (input: unknown) => unknown;
};

/** `POST /_sim/<name>` for each method, `GET` for those that only read, and the stream. */
export function controlApp(control: Control): Hono {
  const app = new Hono();
  const writes: Callable = {
    // An empty body of reset is the demo world; a body is another seed; null an empty world.
    reset: (input) => control.reset(isObject(input) && Object.keys(input).length === 0 ? undefined : input),
    seed: (input) => control.seed(input),
    say: (input) => control.say(input as Parameters<Control['say']>[0]),
    act: (input) => control.act(input as Parameters<Control['act']>[0]),
    emit: (input) => control.emit(input as Parameters<Control['emit']>[0]),
    fault: (input) => control.fault(input as Parameters<Control['fault']>[0]),
    'clear-faults': () => control.clearFaults(),
    switches: (input) => control.switches(input as Parameters<Control['switches']>[0]),
    clock: (input) => control.clock(input as Parameters<Control['clock']>[0]),
    bot: (input) => control.bot(input as Parameters<Control['bot']>[0]),
    outbox: (input) => control.outbox(input as Parameters<Control['outbox']>[0]),
    interaction: (input) => control.interaction(input as Parameters<Control['interaction']>[0]),
    webhook: (input) => control.webhook(input as Parameters<Control['webhook']>[0]),
    search: (input) => control.search(input as Parameters<Control['search']>[0]),
    generate: (input) => control.generate(input as Parameters<Control['generate']>[0]),
    'stop-generating': () => control.stopGenerating(),
  };
  const reads: Callable = {
    world: () => control.world(),
    sessions: () => control.sessions(),
    faults: () => control.faults(),
    switches: () => control.switches(),
    clock: () => control.clock(),
    generated: () => control.generated(),
    outbox: (input) => control.outbox(input as Parameters<Control['outbox']>[0]),
    interaction: (input) => control.interaction(input as Parameters<Control['interaction']>[0]),
  };
  app.get('/stream', (c) => stream(c, control));
  app.post('/:name', (c) => answer(c, writes, () => bodyOf(c)));
  app.get('/:name', (c) => answer(c, reads, () => Promise.resolve(queryOf(c))));
  return app;
}

async function answer(c: Context, calls: Callable, input: () => Promise<unknown>): Promise<Response> {
  const name = c.req.param('name') ?? '';
  const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (call === undefined) {
    return c.json({ error: `no such control call; known are ${Object.keys(calls).join(', ')}` }, 404);
  }
  try {
    return c.body(text((await call(await input())) ?? null), 200, { 'content-type': 'application/json' });
  } catch (error) {
    if (error instanceof FieldError) return c.json({ error: error.message, path: error.path }, 400);
    throw error;
  }
}

/** Ends with a line, and gives each element of a list one of its own: people read this in a terminal. */
function text(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return `${JSON.stringify(value)}\n`;
  return `[\n${value.map((item) => JSON.stringify(item)).join(',\n')}\n]\n`;
}

async function bodyOf(c: Context): Promise<unknown> {
  const text = await c.req.text();
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new FieldError('body', 'is not JSON');
  }
}

/** Query values that are whole numbers are numbers. */
function queryOf(c: Context): Record<string, unknown> {
  const entries = Object.entries(c.req.query());
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      NUMERIC.has(key) && /^\d{1,15}$/.test(value) ? Number(value) : value,
    ]),
  );
}

const NUMERIC = new Set(['after', 'limit', 'advanceMs']);

/** Server-sent events of all that happens; `?types=identify,message` chooses. */
function stream(c: Context, control: Control): Response {
  const chosen = c.req.query('types');
  const types = chosen === undefined ? undefined : (chosen.split(',') as SimEventType[]);
  return streamSSE(c, async (sse) => {
    const waiting: string[] = [];
    let wake: () => void = () => {};
    let isOpen = true;
    const stop = control.subscribe((event) => {
      // A watcher that does not read must not fill the memory.
      if (waiting.length < 100_000) waiting.push(JSON.stringify(event));
      wake();
    }, types);
    sse.onAbort(() => {
      isOpen = false;
      wake();
    });
    await sse.write(': connected\n\n');
    while (isOpen) {
      const data = waiting.splice(0);
      if (data.length > 0) await sse.write(data.map((item) => `data: ${item}\n\n`).join(''));
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    stop();
  });
}
