import type { Cancel } from '../clock/index.js';
import type { MessageAudited } from '../dto/index.js';
import { abortedError, BotgoError, ConfigError } from '../errs/index.js';
import type { IncomingEvent } from '../event/index.js';
import type { PendingAudit } from '../openapi/index.js';
import { refusal } from './anchor.js';
import type { Outbox } from './outbox.js';

/** How one waits for an audit. */
export interface AuditOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long an audit takes is not documented. @defaultValue 300,000 */
  readonly timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 300_000;
/** Ends of audits that are remembered, because the event may come before the answer, and before anybody asks. */
const ENDS_KEPT = 512;
/** How long the end of an audit is kept for other processes, and how often one that waits asks for it. */
const NOTE_MS = 600_000;
const ASK_MS = 1_000;

/** A message that an audit [消息审核] decides on. */
export interface PendingMessage extends PendingAudit {
  /**
   * Waits for the audit. Works while MESSAGE_AUDIT_PASS and MESSAGE_AUDIT_REJECT come in: `new Bot({ audits: true })`, or handlers of both.
   * With several processes they may come to another one than that which sent the message: give all of them one store of replies
   * (`sending: { store: redisReplyStore(…) }`), and they tell each other.
   * @returns What MESSAGE_AUDIT_PASS said: `message_id` is the message's id.
   * @throws {ReplyRefusedError} `audit-rejected`
   * @throws {BotgoError} `BOTGO_TIMEOUT`; `BOTGO_CONFIG` when nobody listens to the two events
   */
  settled(options?: AuditOptions): Promise<MessageAudited>;
}

type Ended = { readonly passed: boolean; readonly data: MessageAudited };

/** What is needed of an outbox. */
export type AuditNotes = Pick<Outbox, 'clock' | 'hasNotes' | 'leaveNote' | 'readNote'>;

/** Brings messages that wait for their audit together with the events that end it, whichever comes first. */
export class PendingAudits {
  readonly #outbox: AuditNotes;
  readonly #ended = new Map<string, Ended>();
  readonly #waiting = new Map<string, Set<(ended: Ended) => void>>();
  /** Whether the two events come in at all. */
  isFed = false;

  constructor(outbox: AuditNotes) {
    this.#outbox = outbox;
  }

  /** Takes an event, if it ends an audit. */
  take(event: IncomingEvent): void {
    const passed = event.t === 'MESSAGE_AUDIT_PASS';
    if (!passed && event.t !== 'MESSAGE_AUDIT_REJECT') return;
    const data = event.d as MessageAudited | null | undefined;
    if (typeof data?.audit_id !== 'string') return;
    this.isFed = true;
    const ended = { passed, data };
    this.#ended.delete(data.audit_id);
    this.#ended.set(data.audit_id, ended);
    if (this.#ended.size > ENDS_KEPT) {
      const [oldest] = this.#ended.keys();
      if (oldest !== undefined) this.#ended.delete(oldest);
    }
    const waiting = this.#waiting.get(data.audit_id);
    for (const resolve of waiting ?? []) resolve(ended);
    // Nobody here waits, or not yet: another process may. When the note cannot be left, it will hear nothing, as without a store.
    if (!waiting && this.#outbox.hasNotes)
      this.#outbox.leaveNote(noteOf(data.audit_id), JSON.stringify(ended), NOTE_MS).catch(() => {});
  }

  /** The pending result of a sending, with a way to wait for its end. */
  follow(pending: PendingAudit): PendingMessage {
    let ended: Ended | undefined = this.#ended.get(pending.auditId);
    return {
      ...pending,
      settled: async (options = {}) => {
        ended ??= this.#ended.get(pending.auditId) ?? (await this.#next(pending.auditId, options));
        if (ended.passed) return ended.data;
        throw refusal('audit-rejected', `the platform's audit ${pending.auditId} rejected the message`);
      },
    };
  }

  #next(auditId: string, { signal, timeoutMs = DEFAULT_TIMEOUT_MS }: AuditOptions): Promise<Ended> {
    if (!this.isFed)
      throw new ConfigError(
        'nobody listens to MESSAGE_AUDIT_PASS and MESSAGE_AUDIT_REJECT: give the bot the option audits, or handlers of both',
      );
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortedError(signal, 'waiting for an audit'));
      const waiters = this.#waiting.get(auditId) ?? new Set();
      this.#waiting.set(auditId, waiters.add(onEnd));
      const { clock, hasNotes } = this.#outbox;
      let cancelAsk: Cancel | undefined;
      const cancel = clock.after(timeoutMs, () => {
        stop();
        reject(new BotgoError('BOTGO_TIMEOUT', `the audit ${auditId} did not end within ${timeoutMs} ms`));
      });
      signal?.addEventListener('abort', onAbort, { once: true });

      function onEnd(ended: Ended): void {
        stop();
        resolve(ended);
      }
      function onAbort(): void {
        stop();
        if (signal) reject(abortedError(signal, 'waiting for an audit'));
      }
      let isOver = false;
      const ask = async (): Promise<void> => {
        const text = await this.#outbox.readNote(noteOf(auditId)).catch(() => undefined);
        if (isOver) return;
        const told = readEnded(text);
        if (told) onEnd(told);
        else cancelAsk = clock.after(ASK_MS, () => void ask());
      };
      if (hasNotes) void ask();
      const stop = (): void => {
        isOver = true;
        cancel();
        cancelAsk?.();
        signal?.removeEventListener('abort', onAbort);
        waiters.delete(onEnd);
        if (waiters.size === 0) this.#waiting.delete(auditId);
      };
    });
  }
}

function noteOf(auditId: string): string {
  return `audit ${auditId}`;
}

/** What another process left; `undefined` for nothing, and for what it wrote in a way that we do not know. */
function readEnded(text: string | undefined): Ended | undefined {
  if (text === undefined) return undefined;
  try {
    const { passed, data } = JSON.parse(text) as Partial<Ended>;
    return typeof passed === 'boolean' && typeof data === 'object' && data !== null
      ? { passed, data }
      : undefined;
  } catch {
    return undefined;
  }
}
