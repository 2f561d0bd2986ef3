import {
  type CursorPager,
  cursorQueryParams,
  type GroupJoinRequests,
  type JoinApprovalStrategies,
  type JoinApprovalStrategyCreated,
  type JoinApprovalStrategyToCreate,
  type JoinApprovalStrategyToUpdate,
  type JoinApprovalStrategyUpdated,
  type JoinApprovalWhitelistUpdate,
  type JoinApprovalWhitelistUpdated,
  type JoinRequestApproval,
} from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readNothing, readObject } from './readers.js';

const STRATEGIES = '/v2/groups/join_approval_strategy';
const REQUESTS = endpoint('GET /v2/groups/{group_openid}/join_request_list', readObject<GroupJoinRequests>);
const APPROVE = endpoint('POST /v2/groups/{group_openid}/approval_join_request/{member_openid}', readNothing);
const LIST = endpoint(`GET ${STRATEGIES}`, readObject<JoinApprovalStrategies>);
const CREATE = endpoint(`POST ${STRATEGIES}`, readObject<JoinApprovalStrategyCreated>);
const UPDATE = endpoint(`PATCH ${STRATEGIES}/{strategy_id}`, readObject<JoinApprovalStrategyUpdated>);
const DELETE = endpoint(`DELETE ${STRATEGIES}/{strategy_id}`, readNothing);
const EXECUTE = endpoint(`POST ${STRATEGIES}/{strategy_id}/execute`, readNothing);
const WHITELIST = endpoint(
  `POST ${STRATEGIES}/{strategy_id}/whitelist_users`,
  readObject<JoinApprovalWhitelistUpdated>,
);

/** Who may join a group, since 2026. The bot must be administrator of the group. Limits are calls a minute. Source of all: official wiki. */
export interface GroupJoinAPI {
  /** A page of requests to join, 20 by default and 50 at most. See `each.groupJoinRequests`. 30 a minute. */
  groupJoinRequests(
    groupOpenid: string,
    pager?: CursorPager,
    options?: CallOptions,
  ): Promise<GroupJoinRequests>;
  /** Lets somebody in, or declines, with a reason and for good if asked. 60 a minute. */
  approveGroupJoinRequest(
    groupOpenid: string,
    memberOpenid: string,
    answer: JoinRequestApproval,
    options?: CallOptions,
  ): Promise<void>;
  /** A page of the bot's strategies, newest first, 20 by default and 50 at most. See `each.joinApprovalStrategies`. 60 a minute. */
  joinApprovalStrategies(pager?: CursorPager, options?: CallOptions): Promise<JoinApprovalStrategies>;
  /**
   * Makes a strategy for at most 100 groups, named either by `group_openids` or by `group_ids`; 20 per bot. It ends after a year unless
   * `expire_at` says otherwise. 60 a minute.
   */
  createJoinApprovalStrategy(
    strategy: JoinApprovalStrategyToCreate,
    options?: CallOptions,
  ): Promise<JoinApprovalStrategyCreated>;
  /** Changes a strategy; groups are named in the form of its creation. 60 a minute. */
  updateJoinApprovalStrategy(
    strategyId: string,
    change: JoinApprovalStrategyToUpdate,
    options?: CallOptions,
  ): Promise<JoinApprovalStrategyUpdated>;
  /** 60 a minute. */
  deleteJoinApprovalStrategy(strategyId: string, options?: CallOptions): Promise<void>;
  /** Applies a strategy to the requests that wait; takes about 10 minutes. 60 a minute. */
  executeJoinApprovalStrategy(strategyId: string, options?: CallOptions): Promise<void>;
  /** Adds or takes away QQ numbers (texts): 10,000 a call, 100,000 in all. 60 a minute. */
  updateJoinApprovalWhitelist(
    strategyId: string,
    change: JoinApprovalWhitelistUpdate,
    options?: CallOptions,
  ): Promise<JoinApprovalWhitelistUpdated>;
}

/** @internal */
export function groupJoinAPI(call: Call): GroupJoinAPI {
  return {
    groupJoinRequests: (groupOpenid, pager, options) =>
      call(REQUESTS, { ids: [groupOpenid], query: cursorQueryParams(pager ?? {}) }, options),
    approveGroupJoinRequest: (groupOpenid, memberOpenid, answer, options) =>
      call(APPROVE, { ids: [groupOpenid, memberOpenid], body: answer }, options),
    joinApprovalStrategies: (pager, options) =>
      call(LIST, { query: cursorQueryParams(pager ?? {}) }, options),
    createJoinApprovalStrategy: (strategy, options) => call(CREATE, { body: strategy }, options),
    updateJoinApprovalStrategy: (strategyId, change, options) =>
      call(UPDATE, { ids: [strategyId], body: change }, options),
    deleteJoinApprovalStrategy: (strategyId, options) => call(DELETE, { ids: [strategyId] }, options),
    executeJoinApprovalStrategy: (strategyId, options) =>
      call(EXECUTE, { ids: [strategyId], body: {} }, options),
    updateJoinApprovalWhitelist: (strategyId, change, options) =>
      call(WHITELIST, { ids: [strategyId], body: change }, options),
  };
}
