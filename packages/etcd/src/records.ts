import type { MemberInfo } from 'botgo/session';

/** JSON under a member's key. */
export interface MemberRecord {
  readonly info: MemberInfo;
  readonly leaseMs: number;
  /** Tells a join that was sent twice from a second member of the same id. */
  readonly inc: string;
}

/** JSON under an owner's key. */
export interface OwnerRecord {
  readonly member: string;
  readonly claim: string;
}

/** JSON under a resource's key. */
export interface ResourceRecord {
  readonly held: boolean;
  readonly token?: number;
}
