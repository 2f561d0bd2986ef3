import { ALL_INTENTS, permittedIntents } from '../rules/intents.js';
import type { Bot } from '../world/model.js';
import type { Connection, Handshake } from './connection.js';
import { CLOSE, type IdentifyData, type ResumeData, readShard } from './frames.js';
import type { GatewayHost } from './host.js';
import { Session } from './session.js';
import type { SessionBook } from './session-book.js';

/** What a handshake asks its gateway. */
interface HandshakeOwner {
  readonly host: GatewayHost;
  readonly book: SessionBook;
  nextOrdinal(): number;
  noteIntents(appId: string, intents: number): void;
  connectionOf(session: Session): Connection | undefined;
  /** Drops what is no longer kept for a Resume. */
  bound(session: Session, nowMs: number): void;
  end(session: Session, by: 'by-bot' | 'by-platform', reason: string): void;
  endAndClose(session: Session, reason: string, code: number, closeReason: string): void;
}

/** A handshake that fails: with op 9 first, or with the close code alone. */
interface Failure {
  readonly code: number;
  readonly reason: string;
  readonly op9?: boolean;
}

/** The rules of Identify and Resume. Source: gateway.md 5 to 9. */
export function handshake(gateway: HandshakeOwner): Handshake {
  function fail(connection: Connection, what: 'identify' | 'resume', failure: Failure): void {
    gateway.host.observer.rejected({ what, code: failure.code, reason: failure.reason });
    if (failure.op9 === true) connection.invalidSession(failure.code, failure.reason);
    else connection.close(failure.code, failure.reason);
  }

  function authenticate(token: string | undefined, allowBare: boolean): Bot | Failure {
    const found = gateway.host.authenticate(token, allowBare);
    if (found === 'no-prefix') {
      return { code: CLOSE.authenticationFailed, reason: 'the token needs its prefix "QQBot "', op9: true };
    }
    if (found === 'bad') return { code: CLOSE.authenticationFailed, reason: 'authentication failed' };
    if (found.state === 'offline') return { code: CLOSE.offline, reason: 'the bot was taken offline' };
    if (found.state === 'banned') return { code: CLOSE.banned, reason: 'the bot is banned' };
    return found;
  }

  function startLimit(bot: Bot): Failure | undefined {
    const taken = gateway.host.takeSessionStart(bot);
    if (taken === 'ok') return undefined;
    const reason =
      taken === 'no-budget'
        ? 'the session start limit of the day is used up'
        : 'more session starts than max_concurrency in 5 s';
    return { code: CLOSE.tooFast, reason, op9: true };
  }

  function checkIdentify(
    data: IdentifyData,
  ):
    | Failure
    | { readonly bot: Bot; readonly intents: number; readonly shard: number; readonly count: number } {
    const bot = authenticate(data.token, false);
    if ('code' in bot) return bot;
    const shard = readShard(data.shard);
    if (shard === undefined) return { code: CLOSE.invalidShard, reason: 'invalid shard' };
    const { intents } = data;
    if (
      typeof intents !== 'number' ||
      !Number.isSafeInteger(intents) ||
      intents < 0 ||
      intents > 0x7fffffff
    ) {
      return { code: CLOSE.invalidIntents, reason: 'invalid intents' };
    }
    if ((intents & ~ALL_INTENTS) !== 0)
      return { code: CLOSE.invalidIntents, reason: 'unknown bits in intents' };
    if ((intents & ~permittedIntents(bot)) !== 0) {
      return { code: CLOSE.intentsNotPermitted, reason: 'intents not permitted' };
    }
    const [id, count] = shard;
    if (bot.maxGuildsPerShard > 0 && gateway.host.guildsOnShard(bot, id, count) > bot.maxGuildsPerShard) {
      return { code: CLOSE.tooManyGuilds, reason: 'too many guilds on this shard' };
    }
    const fault = gateway.host.faultAt('identify', bot.appId);
    if (fault !== undefined) return { code: fault.code, reason: 'injected fault', op9: fault.code === 9 };
    return startLimit(bot) ?? { bot, intents, shard: id, count };
  }

  /** A bot that was refused its session and identifies anew has given it up: from here on it is lost. */
  function giveUpRefused(newer: Session): void {
    const { appId, shard, count } = newer.info;
    for (const older of [...gateway.book.ofBot(appId)]) {
      const isSame = older.info.shard === shard && older.info.count === count;
      if (older === newer || !isSame || older.refusedSeq === undefined) continue;
      const connection = gateway.connectionOf(older);
      older.line = undefined;
      refuse(older, older.refusedSeq, 'the bot gave it up after a refused Resume');
      connection?.close(CLOSE.sessionInvalid, 'a newer session replaced this one');
    }
  }

  function endOlder(newer: Session): void {
    for (const older of [...gateway.book.ofBot(newer.info.appId)]) {
      const sameCount = older.info.count === newer.info.count;
      if (older === newer || (sameCount && older.info.shard !== newer.info.shard)) continue;
      const closeReason = 'a newer session replaced this one';
      gateway.endAndClose(older, 'a newer session replaced it', CLOSE.sessionInvalid, closeReason);
    }
  }

  function identify(connection: Connection, data: IdentifyData): void {
    const checked = checkIdentify(data);
    if ('code' in checked) {
      fail(connection, 'identify', checked.code === 9 ? { ...checked, code: CLOSE.sessionInvalid } : checked);
      return;
    }
    const { bot, intents, shard, count } = checked;
    const { clock, ids, switches, observer, keepsNumbers } = gateway.host;
    const session = new Session({
      id: ids.uuid(),
      appId: bot.appId,
      shard,
      count,
      intents,
      ordinal: gateway.nextOrdinal(),
      createdAtMs: clock.now(),
      keepsNumbers,
    });
    session.line = connection.line;
    connection.session = session;
    gateway.book.add(session);
    gateway.noteIntents(bot.appId, intents);
    giveUpRefused(session);
    if (switches.generations === 'newest-wins') endOlder(session);
    session.announce('READY', {
      version: 1,
      session_id: session.info.id,
      user: { id: bot.id, username: bot.username, bot: true },
      shard: [shard, count],
    });
    observer.identified(session.view());
  }

  function checkResume(data: ResumeData): Failure | { readonly session: Session; readonly seq: number } {
    const bot = authenticate(data.token, true);
    if ('code' in bot) return bot;
    const session = gateway.book.find(data.sessionId);
    if (session === undefined || session.info.appId !== bot.appId) {
      return { code: CLOSE.sessionInvalid, reason: 'the session does not exist', op9: true };
    }
    const { switches, clock } = gateway.host;
    if (session.line !== undefined && session.ended === false && switches.secondResume === 'refused') {
      session.refusedSeq ??= typeof data.seq === 'number' ? data.seq : session.s;
      return { code: CLOSE.sessionInvalid, reason: 'the session is in use', op9: true };
    }
    const { seq } = data;
    if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0 || seq > session.s) {
      refuse(session, session.s, 'wrong seq');
      return { code: CLOSE.wrongSeq, reason: 'wrong seq', op9: true };
    }
    if (session.ended !== false) {
      refuse(session, seq, 'the session has ended');
      return { code: CLOSE.sessionInvalid, reason: 'the session has ended', op9: true };
    }
    const fault = gateway.host.faultAt('resume', bot.appId);
    if (fault !== undefined) {
      if (fault.ends) refuse(session, seq, 'injected fault');
      else session.refusedSeq ??= seq;
      return { code: fault.code, reason: 'injected fault', op9: fault.code === 4006 || fault.code === 4007 };
    }
    gateway.bound(session, clock.now());
    if (seq < session.replay.floor) {
      refuse(session, seq, 'the events after this seq are no longer kept');
      return { code: CLOSE.wrongSeq, reason: 'the events after this seq are no longer kept', op9: true };
    }
    const limit = switches.resumesCount ? startLimit(bot) : undefined;
    return limit ?? { session, seq };
  }

  /**
   * A session that cannot go on: says what a bot that asks for `seq` loses. One that lives on another connection is
   * left alone: a stale owner's wrong Resume is no reason to end it. Should the bot identify its shard anew, it has given it up.
   */
  function refuse(session: Session, seq: number, reason: string): void {
    if (session.line !== undefined && session.ended === false) {
      session.refusedSeq ??= seq;
      return;
    }
    const lost = session.ended === 'by-bot' ? [] : session.numbersAfter(seq);
    gateway.end(session, 'by-platform', reason);
    if (lost.length > 0) gateway.host.observer.eventsRefused(lost, 'resume-refused');
  }

  function resume(connection: Connection, data: ResumeData): void {
    const checked = checkResume(data);
    if ('code' in checked) {
      fail(connection, 'resume', checked);
      return;
    }
    const { session, seq } = checked;
    const older = session.line === undefined ? undefined : gateway.connectionOf(session);
    session.line = connection.line;
    session.lostAtMs = undefined;
    session.refusedSeq = undefined;
    connection.session = session;
    older?.close(CLOSE.expired, 'the session was resumed on another connection');
    const replayed = session.replayAfter(seq);
    session.announce('RESUMED', '');
    gateway.host.observer.resumed(session.view(), replayed);
  }

  return { identify, resume };
}
