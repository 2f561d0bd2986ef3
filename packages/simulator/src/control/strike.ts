import type { Connection } from '../gateway/connection.js';
import { Fields } from '../json.js';
import type { Platform } from '../platform.js';

/** Every fault that can be injected. */
export const FAULTS = [
  'close',
  'cut',
  'silent',
  'drop-acks',
  'invalid-session',
  'reconnect',
  'end-session',
  'refuse-identify',
  'refuse-resume',
  'delay',
  'duplicate',
  'http',
  'webhook',
  'revoke-token',
] as const;

export type Fault = (typeof FAULTS)[number];

/**
 * A fault with its fields (README.md has a table). Those of a connection take `appId`, `shard` and `sessionId` to choose
 * it; without them all connections are struck.
 */
export interface FaultInput {
  readonly kind: Fault;
  readonly [field: string]: unknown;
}

/** Injects a fault; returns how many connections or bots it struck at once. */
export function strike(platform: Platform, value: unknown): { readonly struck: number } {
  const input = Fields.of(value, 'fault');
  const kind = input.oneOf('kind', FAULTS);
  const struck = HANDLERS[kind](platform, input);
  platform.stream.emit({ type: 'fault', kind });
  return { struck };
}

type FaultHandler = (platform: Platform, input: Fields) => number;

const HANDLERS: Readonly<Record<Fault, FaultHandler>> = {
  close(platform, input) {
    const code = input.intFrom(1000, 'code', 4009);
    const reason = input.string('reason', 'injected fault');
    return each(platform, input, (connection) => connection.close(code, reason));
  },
  cut: (platform, input) => each(platform, input, (connection) => connection.cut()),
  silent: (platform, input) => each(platform, input, (connection) => connection.goSilent()),
  'drop-acks'(platform, input) {
    const times = input.intFrom(1, 'times', 1_000_000);
    return each(platform, input, (connection) => connection.dropAcks(times));
  },
  'invalid-session'(platform, input) {
    const resumable = input.boolean('resumable', false);
    return each(platform, input, (connection) => {
      if (!resumable) endSession(platform, connection);
      connection.invalidSession(4006, 'injected fault', resumable);
    });
  },
  reconnect(platform, input) {
    const graceMs = input.intFrom(0, 'graceMs', 1_000);
    return each(platform, input, (connection) => connection.askToReconnect(graceMs));
  },
  'end-session'(platform, input) {
    const code = input.intFrom(1000, 'code', 4006);
    const chosen = chooser(input);
    let struck = 0;
    // A session without a connection is lost as well; a connection without a session hears of it when it asks to resume.
    for (const bot of platform.world.bots.keys()) {
      for (const session of [...platform.gateway.book.ofBot(bot)]) {
        if (!chosen(session.info)) continue;
        platform.gateway.endAndClose(session, 'injected fault', code, 'the session has ended');
        struck++;
      }
    }
    return struck;
  },
  'refuse-identify'(platform, input) {
    platform.faults.addHandshake('identify', input);
    return 0;
  },
  'refuse-resume'(platform, input) {
    platform.faults.addHandshake('resume', input);
    return 0;
  },
  delay(platform, input) {
    platform.faults.addEvents('delay', input);
    return 0;
  },
  duplicate(platform, input) {
    platform.faults.addEvents('duplicate', input);
    return 0;
  },
  http(platform, input) {
    platform.faults.addHttp(input);
    return 0;
  },
  webhook(platform, input) {
    platform.faults.addDelivery(input);
    return 0;
  },
  'revoke-token'(platform, input) {
    const appId = input.optionalString('appId');
    const bots = appId === undefined ? [...platform.world.bots.keys()] : [appId];
    for (const bot of bots) platform.tokens.revoke(bot);
    return bots.length;
  },
};

function endSession(platform: Platform, connection: Connection): void {
  if (connection.session !== undefined) {
    platform.gateway.end(connection.session, 'by-platform', 'injected fault');
  }
}

interface Chosen {
  readonly appId: string;
  readonly shard: number;
  readonly id: string;
}

function chooser(input: Fields): (session: Chosen | undefined) => boolean {
  const appId = input.optionalString('appId');
  const shard = input.optionalInt('shard');
  const sessionId = input.optionalString('sessionId');
  const takesAny = appId === undefined && shard === undefined && sessionId === undefined;
  return (session) => {
    if (session === undefined) return takesAny;
    return (
      (appId ?? session.appId) === session.appId &&
      (shard ?? session.shard) === session.shard &&
      (sessionId ?? session.id) === session.id
    );
  };
}

function each(platform: Platform, input: Fields, visit: (connection: Connection) => void): number {
  const chosen = chooser(input);
  const found = [...platform.gateway.connections].filter((connection) => chosen(connection.session?.info));
  found.forEach(visit);
  return found.length;
}
