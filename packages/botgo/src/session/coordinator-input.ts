import { randomUUID } from 'node:crypto';
import { BotgoError, ConfigError } from '../errs/index.js';
import type { JoinOptions, MemberInfo, PermitRequest } from './coordinator.js';

/**
 * What every coordinator checks alike before it asks its store. For those who write a coordinator of their own.
 */

/** Shortest lease: below it, a renewal that takes its normal time would end the lease. */
const MIN_LEASE_MS = 50;

/** @throws {ConfigError} unless `name` is a non-empty string without white space. */
export function requireName(what: string, name: string): string {
  if (typeof name !== 'string' || name === '' || /\s/.test(name))
    throw new ConfigError(
      `${what} must be a non-empty string without white space, got ${JSON.stringify(name)}`,
    );
  return name;
}

/** {@link JoinOptions} with the member id filled in. */
export interface ResolvedJoinOptions {
  readonly memberId: string;
  readonly leaseMs: number;
  readonly info: MemberInfo;
}

/** @throws {ConfigError} on a bad member id, app id or lease. */
export function resolveJoinOptions(options: JoinOptions): ResolvedJoinOptions {
  const { leaseMs, info } = options;
  if (!Number.isSafeInteger(leaseMs) || leaseMs < MIN_LEASE_MS)
    throw new ConfigError(
      `leaseMs must be a whole number of milliseconds, at least ${MIN_LEASE_MS}, got ${leaseMs}`,
    );
  requireName('info.appId', info.appId);
  return { memberId: requireName('memberId', options.memberId ?? randomUUID()), leaseMs, info };
}

/** {@link PermitRequest} with the count filled in. */
export interface ResolvedPermitRequest extends PermitRequest {
  readonly count: number;
}

/** @throws {ConfigError} on a bad name, limit, window or count. */
export function requirePermit(request: PermitRequest): ResolvedPermitRequest {
  requireName('name of a permit', request.name);
  if (request.appId !== undefined) requireName('appId of a permit', request.appId);
  if (!Number.isSafeInteger(request.limit) || request.limit < 0)
    throw new ConfigError(`limit of a permit must be a whole number of 0 or more, got ${request.limit}`);
  if (!Number.isSafeInteger(request.windowMs) || request.windowMs < 1)
    throw new ConfigError(
      `windowMs of a permit must be a whole number of 1 or more, got ${request.windowMs}`,
    );
  const count = request.count ?? 1;
  if (!Number.isSafeInteger(count) || count < 1)
    throw new ConfigError(`count of permits must be a whole number of 1 or more, got ${count}`);
  return { ...request, count };
}

/**
 * JSON of a state or value. `undefined` stays `undefined`: a state so written leaves the stored one as it is.
 * @throws {ConfigError} when it cannot be written as JSON.
 */
export function toJson(what: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  try {
    const json: string | undefined = JSON.stringify(value);
    if (json !== undefined) return json;
  } catch (cause) {
    throw new ConfigError(`${what} cannot be written as JSON`, { cause });
  }
  throw new ConfigError(`${what} cannot be written as JSON: it is a ${typeof value}`);
}

/** {@link toJson} of a cluster value, which may not be `undefined`. @throws {ConfigError} */
export function valueToJson(name: string, value: unknown): string {
  const json = toJson(`value ${requireName('name of a value', name)}`, value);
  if (json === undefined) throw new ConfigError(`value ${name} must not be undefined: use null`);
  return json;
}

/** The error of a call after `close()`. */
export function closedError(): BotgoError {
  return new BotgoError('BOTGO_CLOSED', 'The coordinator was closed before this call');
}

/** The error of a member whose lease has ended. */
export function leaseLostError(memberId: string): BotgoError {
  return new BotgoError(
    'BOTGO_LEASE_LOST',
    `The lease of member ${memberId} has ended: stop serving its resources and join again`,
  );
}

/** The error of a join under an id that a living member has. */
export function memberInUseError(memberId: string): ConfigError {
  return new ConfigError(
    `Member id ${memberId} is in use by a living member: give each process an id of its own, or wait until its lease ends`,
  );
}

/** The error of a bot that joins a cluster of another bot. */
export function otherAppError(ours: string, theirs: string): BotgoError {
  return new BotgoError(
    'BOTGO_CLUSTER_MISMATCH',
    `This cluster belongs to app ${theirs}, not to ${ours}: give each bot a prefix (or a file) of its own`,
  );
}
