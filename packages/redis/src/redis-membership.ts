import { randomUUID } from 'node:crypto';
import { BotgoError, isBotgoError } from 'botgo/errs';
import {
  closedError,
  leaseLostError,
  type MemberInfo,
  type Membership,
  memberInUseError,
  type OwnedResource,
  otherAppError,
  type Release,
  type RenewResult,
  type ResolvedJoinOptions,
  requireName,
  type StateWrite,
  toJson,
} from 'botgo/session';
import type { ChangeWatch } from './change-watch.js';
import type { Connection, Reply } from './connection.js';
import type { Keys } from './keys.js';
import { CLAIM } from './lua/claim.js';
import { JOIN } from './lua/join.js';
import { LEAVE } from './lua/leave.js';
import { RELEASE } from './lua/release.js';
import { RENEW } from './lua/renew.js';
import { RESTORE } from './lua/restore.js';
import type { Script } from './lua/script.js';

/** What the members of one coordinator share. */
export interface MembershipParts {
  readonly connection: Connection;
  readonly keys: Keys;
  readonly changes: ChangeWatch;
  /** Values last seen, name → `<version> <JSON>`: put back into a store that was emptied. */
  readonly knownValues: ReadonlyMap<string, string>;
  readonly isClosed: () => boolean;
  /** Called when a stay has ended, whether it left or lost its lease. */
  readonly onEnd: (membership: RedisMembership) => void;
}

interface Held {
  readonly token: string;
  readonly claimId: string;
  /** JSON that the store has; `undefined` when there is none. */
  json: string | undefined;
}

/** A server that came up less than this ago may have forgotten its data, and its members may be about to bring them back. */
export const REFILL_GRACE_MS = 3_000;

/** One member's stay in a cluster on Redis. */
export class RedisMembership implements Membership {
  readonly memberId: string;
  readonly leaseMs: number;
  readonly #parts: MembershipParts;
  readonly #inc: string;
  #info: MemberInfo;
  readonly #held = new Map<string, Held>();
  /** Resource → id of a claim that may have taken it although it failed: the next one asks under the same id. */
  readonly #inDoubt = new Map<string, string>();
  #claiming: Promise<unknown> = Promise.resolve();
  /** When the last renewal that succeeded was sent, on both clocks: a suspended machine stops the one, a set clock moves the other. */
  #renewedMs: number;
  #renewedWallMs: number;
  #leaving: Promise<void> | undefined;

  private constructor(parts: MembershipParts, options: ResolvedJoinOptions) {
    this.#parts = parts;
    this.#inc = randomUUID();
    this.memberId = options.memberId;
    this.leaseMs = options.leaseMs;
    this.#info = options.info;
    this.#renewedMs = parts.connection.clock.now();
    this.#renewedWallMs = parts.connection.clock.wallNow();
  }

  static async join(
    parts: MembershipParts,
    options: ResolvedJoinOptions,
    refillGraceMs: number,
  ): Promise<RedisMembership> {
    const membership = new RedisMembership(parts, options);
    await membership.#join(refillGraceMs);
    return membership;
  }

  async renew(writes: readonly StateWrite[], info?: MemberInfo): Promise<RenewResult> {
    const args: (string | number)[] = [info ? JSON.stringify(info) : ''];
    const encoded = writes.map(encodeWrite);
    for (const { name, token, json } of encoded) args.push(name, token, ...stateArgs(json));
    const sentMs = this.#parts.connection.clock.now();
    const sentWallMs = this.#parts.connection.clock.wallNow();
    const lost = new Set((await this.#act(RENEW, [this.leaseMs, ...args])).map(String));
    this.#renewedMs = sentMs;
    this.#renewedWallMs = sentWallMs;
    if (info) this.#info = info;
    for (const { name, token, json } of encoded) {
      const held = this.#held.get(name);
      if (!held || held.token !== token) continue;
      if (lost.has(name)) this.#held.delete(name);
      else held.json = json ?? held.json;
    }
    return { lost: [...lost] };
  }

  async claim(names: readonly string[]): Promise<OwnedResource[]> {
    for (const name of names) requireName('name of a resource', name);
    // One after the other: what the one leaves in doubt the next one settles.
    const claiming = this.#claiming.then(() => this.#claim([...new Set(names)]));
    this.#claiming = claiming.catch(() => undefined);
    return await claiming;
  }

  async release(releases: readonly Release[]): Promise<void> {
    const args: string[] = [];
    for (const release of releases) {
      const { name, token, json } = encodeWrite(release);
      args.push(name, token, ...stateArgs(json), release.to ?? '');
    }
    try {
      await this.#act(RELEASE, args);
    } catch (error) {
      // What is not owned is left as it is: with the lease, nothing is.
      if (!isBotgoError(error, 'BOTGO_LEASE_LOST')) throw error;
    }
    for (const { name, token } of releases)
      if (this.#held.get(name)?.token === String(token)) this.#held.delete(name);
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave().catch((error: unknown) => {
      this.#leaving = undefined;
      throw error;
    });
    return this.#leaving;
  }

  /**
   * After a reconnect: the server may have lost its data, and what it does not know is refilled before a newcomer may claim it. Fails
   * silently: the next renewal will say what there is to say.
   */
  comeBack(): void {
    this.#act(CLAIM, []).catch(() => undefined);
  }

  async #join(refillGraceMs: number): Promise<void> {
    const { connection, keys, changes } = this.#parts;
    // The server's age is known once it has answered.
    await connection.call('ping', (client) => client.ping());
    const graceMs = Math.max(0, Math.ceil(refillGraceMs - connection.serverUpMs));
    const { appId } = this.#info;
    const args = [
      keys.changes,
      this.memberId,
      this.#inc,
      this.leaseMs,
      JSON.stringify(this.#info),
      appId,
      graceMs,
    ];
    const [answer, ...rest] = (await connection.run(JOIN, keys.cluster, args)) as readonly Reply[];
    if (answer === 'in-use') throw memberInUseError(this.memberId);
    if (answer === 'other-app') throw otherAppError(appId, String(rest[0]));
    if (answer === 'layout') throw layoutError(String(rest[0]));
    changes.observe(String(rest[0]), Number(rest[1]));
  }

  async #claim(names: readonly string[]): Promise<OwnedResource[]> {
    const claimId = randomUUID();
    const idOf = new Map(names.map((name) => [name, this.#inDoubt.get(name) ?? claimId]));
    const reply = await this.#act(CLAIM, [...idOf].flat()).catch((error: unknown) => {
      for (const [name, id] of idOf) this.#inDoubt.set(name, id);
      throw error;
    });
    for (const name of names) this.#inDoubt.delete(name);
    const owned: OwnedResource[] = [];
    for (let index = 0; index < reply.length; index += 4) {
      const [name, token, crashed, json] = reply.slice(index, index + 4).map((part) => part ?? undefined);
      const text = json === undefined ? undefined : String(json);
      const held = { token: String(token), claimId: idOf.get(String(name)) ?? claimId, json: text };
      this.#held.set(String(name), held);
      owned.push({
        name: String(name),
        token: Number(token),
        state: text === undefined ? undefined : readState(text),
        afterCrash: crashed === '1',
      });
    }
    return owned;
  }

  async #leave(): Promise<void> {
    if (this.#parts.isClosed()) throw closedError();
    const { connection, keys } = this.#parts;
    await this.#claiming;
    await connection.run(LEAVE, keys.cluster, [keys.changes, this.memberId, this.#inc]);
    this.#held.clear();
    this.#parts.onEnd(this);
  }

  /** Runs a script for this member; @returns what follows the outlook in its reply. @throws `BOTGO_LEASE_LOST` */
  async #act(script: Script, args: readonly (string | number)[]): Promise<readonly Reply[]> {
    const { connection, keys, changes } = this.#parts;
    if (this.#leaving && !this.#parts.isClosed()) throw leaseLostError(this.memberId);
    for (let isSecond = false; ; isSecond = true) {
      const reply = await connection.run(script, keys.cluster, [
        keys.changes,
        this.memberId,
        this.#inc,
        ...args,
      ]);
      const [answer, epoch, nextMs, ...rest] = reply as readonly Reply[];
      if (answer === 'ok') {
        changes.observe(String(epoch), Number(nextMs));
        return rest;
      }
      if (!isSecond && (await this.#restore())) continue;
      this.#parts.onEnd(this);
      throw leaseLostError(this.memberId);
    }
  }

  /** Comes back into a store that has forgotten this member although its lease has not ended. */
  async #restore(): Promise<boolean> {
    const { connection, keys, knownValues } = this.#parts;
    const elapsedMs = Math.max(
      connection.clock.now() - this.#renewedMs,
      connection.clock.wallNow() - this.#renewedWallMs,
    );
    if (elapsedMs >= this.leaseMs) return false;
    const leftMs = Math.max(1, Math.floor(this.leaseMs - elapsedMs));
    const args: (string | number)[] = [keys.changes, this.memberId, this.#inc, this.leaseMs, leftMs];
    args.push(JSON.stringify(this.#info), this.#info.appId, knownValues.size);
    for (const [name, entry] of knownValues) args.push(name, entry);
    for (const [name, { token, claimId, json }] of this.#held)
      args.push(name, token, claimId, ...stateArgs(json));
    const [answer] = (await connection.run(RESTORE, keys.cluster, args)) as readonly Reply[];
    if (answer !== 'ok') return false;
    connection.logger.warn('the store had forgotten this member: put back', {
      memberId: this.memberId,
      resources: this.#held.size,
    });
    return true;
  }
}

function encodeWrite({ name, token, state }: StateWrite): {
  name: string;
  token: string;
  json: string | undefined;
} {
  return {
    name: requireName('name of a resource', name),
    token: String(token),
    json: toJson(`state of ${name}`, state),
  };
}

/** Text that is no JSON stays text: whoever reads states can tell then that there was one. */
function readState(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function layoutError(layout: string): BotgoError {
  return new BotgoError(
    'BOTGO_CLUSTER_MISMATCH',
    `This cluster's keys have layout ${layout}, this release reads 1: update @botgo/redis here too`,
  );
}

function stateArgs(json: string | undefined): [hasState: string, json: string] {
  return json === undefined ? ['0', ''] : ['1', json];
}
