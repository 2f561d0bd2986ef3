import { FieldError, type Fields } from '../json.js';
import type { DeliveryFault } from '../webhook/hub.js';

/** What goes wrong in the gateway's handshake. */
export interface HandshakeFault {
  readonly code: number;
  /** False: the session survives the refusal, a later Resume works. */
  readonly ends: boolean;
}

/** What goes wrong with a REST call. */
export type HttpFault =
  | { readonly answer: 'error'; readonly status: number; readonly code: number; readonly message: string }
  | { readonly answer: 'text'; readonly status: number; readonly text: string }
  /** No answer at all until the client gives up. */
  | { readonly answer: 'never' }
  /** The TCP connection ends without an answer; with `after`, the call was served first. */
  | { readonly answer: 'reset'; readonly after: boolean }
  /** Served as usual, `ms` later. */
  | { readonly answer: 'slow'; readonly ms: number };

interface Counted<T> {
  left: number;
  readonly fault: T;
}

interface EventFault {
  readonly t: string | undefined;
  readonly delayMs: number;
  readonly copies: number;
}

interface HttpRule {
  readonly method: string | undefined;
  readonly pattern: RegExp;
  readonly text: string;
  readonly fault: HttpFault;
}

/** The faults that are in store: each is used up after `times` uses. Those that strike at once are not kept here. */
export class FaultBook {
  #handshake: Counted<HandshakeFault & { step: 'identify' | 'resume'; appId: string | undefined }>[] = [];
  #events: Counted<EventFault>[] = [];
  #http: Counted<HttpRule>[] = [];
  #deliveries: Counted<DeliveryFault>[] = [];

  atHandshake(step: 'identify' | 'resume', appId: string): HandshakeFault | undefined {
    const found = this.#handshake.find(
      ({ left, fault }) => left > 0 && fault.step === step && (fault.appId ?? appId) === appId,
    );
    if (found === undefined) return undefined;
    if (--found.left === 0) this.#handshake = this.#handshake.filter((item) => item !== found);
    return found.fault;
  }

  /** True when events are delayed or copied at all: keeps a push of many events free of look-ups. */
  get touchesEvents(): boolean {
    return this.#events.length > 0;
  }

  atEvent(t: string): { readonly delayMs: number; readonly copies: number } {
    let delayMs = 0;
    let copies = 0;
    for (const item of this.#events) {
      if (item.fault.t !== undefined && item.fault.t !== t) continue;
      item.left--;
      delayMs += item.fault.delayMs;
      copies += item.fault.copies;
    }
    this.#events = this.#events.filter((item) => item.left > 0);
    return { delayMs, copies };
  }

  atCall(method: string, path: string): HttpFault | undefined {
    const found = this.#http.find(
      ({ fault }) => (fault.method ?? method) === method && fault.pattern.test(path),
    );
    if (found === undefined) return undefined;
    if (--found.left <= 0) this.#http = this.#http.filter((item) => item !== found);
    return found.fault.fault;
  }

  atDelivery(): DeliveryFault | undefined {
    const found = this.#deliveries[0];
    if (found !== undefined && --found.left <= 0) this.#deliveries.shift();
    return found?.fault;
  }

  clear(): void {
    this.#deliveries = [];
    this.#handshake = [];
    this.#events = [];
    this.#http = [];
  }

  list(): readonly unknown[] {
    return [
      ...this.#handshake.map(({ left, fault }) => ({
        kind: `${fault.step}-refused`,
        left,
        code: fault.code,
      })),
      ...this.#events.map(({ left, fault }) => ({ kind: 'events', left, ...fault })),
      ...this.#deliveries.map(({ left, fault }) => ({ kind: 'webhook', left, spoils: fault })),
      ...this.#http.map(({ left, fault }) => ({
        kind: 'http',
        left,
        method: fault.method,
        path: fault.text,
        ...fault.fault,
      })),
    ];
  }

  /** Refuses the next Identifies or Resumes. */
  addHandshake(step: 'identify' | 'resume', input: Fields): void {
    const code = input.int('code', step === 'identify' ? 9 : 4006);
    this.#handshake.push({
      left: times(input),
      fault: { step, appId: input.optionalString('appId'), code, ends: input.boolean('ends', true) },
    });
  }

  /** Delays or copies the next events. */
  addEvents(kind: 'delay' | 'duplicate', input: Fields): void {
    this.#events.push({
      left: times(input),
      fault: {
        t: input.optionalString('t'),
        delayMs: kind === 'delay' ? input.intFrom(0, 'ms') : 0,
        copies: kind === 'duplicate' ? input.intFrom(1, 'copies', 1) : 0,
      },
    });
  }

  /** Spoils the next deliveries to callback addresses. */
  addDelivery(input: Fields): void {
    const spoils = input.oneOf('spoils', ['signature', 'body', 'appid', 'headers', 'twice']);
    this.#deliveries.push({ left: times(input), fault: spoils });
  }

  /** Spoils the next REST calls whose path fits: `*` stands for one segment, `**` for any rest. */
  addHttp(input: Fields): void {
    const text = input.string('path', '/**');
    const pattern = new RegExp(
      `^${text
        .split('**')
        .map((part) => part.split('*').map(escapeForRegExp).join('[^/]*'))
        .join('.*')}$`,
    );
    this.#http.push({
      left: times(input),
      fault: {
        method: input.optionalString('method')?.toUpperCase(),
        pattern,
        text,
        fault: readHttpFault(input),
      },
    });
  }
}

function readHttpFault(input: Fields): HttpFault {
  const answer = input.oneOf('answer', ['error', '429', 'text', 'never', 'reset', 'slow'], 'error');
  switch (answer) {
    case 'error':
      return {
        answer,
        status: statusOf(input, 500),
        code: input.int('code', 0),
        message: input.string('message', 'injected fault'),
      };
    case '429':
      return { answer: 'error', status: 429, code: input.int('code', 0), message: 'too many requests' };
    case 'text':
      return {
        answer,
        status: statusOf(input, 502),
        text: input.string('text', '<html><body>Bad Gateway</body></html>'),
      };
    case 'never':
      return { answer };
    case 'reset':
      return { answer, after: input.boolean('after', false) };
    case 'slow':
      return { answer, ms: input.intFrom(0, 'ms') };
    default:
      return answer satisfies never;
  }
}

function statusOf(input: Fields, fallback: number): number {
  const status = input.int('status', fallback);
  if (status < 200 || status > 599) throw new FieldError(input.at('status'), 'must be between 200 and 599');
  return status;
}

function times(input: Fields): number {
  return input.intFrom(1, 'times', 1);
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
