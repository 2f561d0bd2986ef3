import { admit } from '../acts/group-people.js';
import { beijingTime } from '../clock.js';
import { isObject, type JsonObject } from '../json.js';
import { badRequest } from '../rules/refusal.js';
import type { JoinStrategy } from '../world/model.js';
import { type Call, limitOf, ok, optionalText, pageOf, type Reply, type Route, stringList } from './call.js';
import { needAbility } from './places.js';

const BAD = 12002;
const MAX_STRATEGIES = 20;
const MAX_GROUPS = 100;
const MAX_USERS_A_CALL = 10_000;
const MAX_USERS = 100_000;
const YEAR_MS = 365 * 86_400_000;
/** An execution is asynchronous and takes about 10 minutes. Source: openapi.md 11. */
const EXECUTION_MS = 600_000;

const PATH = '/v2/groups/join_approval_strategy';

/** Strategies that approve who asks to join a group. */
export const strategyRoutes: readonly Route[] = [
  { method: 'GET', path: PATH, handler: list, perMinute: 60 },
  { method: 'POST', path: PATH, handler: create, perMinute: 60 },
  { method: 'PATCH', path: `${PATH}/:strategy_id`, handler: change, perMinute: 60 },
  { method: 'DELETE', path: `${PATH}/:strategy_id`, handler: remove, perMinute: 60 },
  { method: 'POST', path: `${PATH}/:strategy_id/execute`, handler: execute, perMinute: 60 },
  { method: 'POST', path: `${PATH}/:strategy_id/whitelist_users`, handler: whitelist, perMinute: 60 },
];

function strategies(call: Call): Map<string, JoinStrategy> {
  needAbility(call, 'group-management');
  return call.platform.world.services(call.bot.appId).strategies;
}

function strategyOf(call: Call): JoinStrategy {
  const strategy = strategies(call).get(call.param('strategy_id'));
  if (strategy === undefined) throw badRequest(BAD, 'the strategy does not exist');
  return strategy;
}

function onOff(body: JsonObject): boolean | undefined {
  const value = body.is_enable;
  if (value === undefined) return undefined;
  if (value !== 'on' && value !== 'off') throw badRequest(BAD, 'is_enable must be on or off');
  return value === 'on';
}

function remarkOf(body: JsonObject): string | undefined {
  const remark = optionalText(body, 'remark', BAD);
  if (remark !== undefined && remark.length > 255) throw badRequest(BAD, 'remark has at most 255 characters');
  return remark;
}

function expiry(body: JsonObject): string | undefined {
  const at = optionalText(body, 'expire_at', BAD);
  if (at !== undefined && Number.isNaN(Date.parse(at))) throw badRequest(BAD, 'expire_at must be a time');
  return at;
}

function readGroups(body: JsonObject): { form: JoinStrategy['form']; groups: string[] } {
  const hasOpenids = body.group_openids !== undefined;
  const hasIds = body.group_ids !== undefined;
  if (hasOpenids === hasIds) throw badRequest(BAD, 'exactly one of group_openids and group_ids is needed');
  const form = hasOpenids ? 'group_openids' : 'group_ids';
  const given = body[form];
  const texts = Array.isArray(given) ? (given as readonly unknown[]).map(String) : given;
  return { form, groups: stringList(texts, form, BAD, MAX_GROUPS) };
}

function wire(strategy: JoinStrategy): Record<string, unknown> {
  return {
    strategy_id: strategy.id,
    [strategy.form]: [...strategy.groups],
    whitelist_user_count: strategy.users.size,
    is_enable: strategy.isEnabled ? 'on' : 'off',
    expire_at: strategy.expireAt,
    created_at: beijingTime(strategy.createdAtMs),
    updated_at: beijingTime(strategy.updatedAtMs),
    remark: strategy.remark,
  };
}

function list(call: Call): Reply {
  const newestFirst = [...strategies(call).values()].reverse();
  const { page, next } = pageOf(call, newestFirst, limitOf(call, 20, 50));
  return ok({ strategies: page.map(wire), next_cursor: next });
}

function create(call: Call): Reply {
  const { platform, body } = call;
  const all = strategies(call);
  const { form, groups } = readGroups(body);
  if (all.size >= MAX_STRATEGIES) throw badRequest(BAD, `a bot has at most ${MAX_STRATEGIES} strategies`);
  const nowMs = platform.clock.wall();
  const strategy: JoinStrategy = {
    id: platform.ids.tagged('st_'),
    form,
    groups: new Set(groups),
    users: new Set(),
    isEnabled: onOff(body) ?? true,
    expireAt: expiry(body) ?? beijingTime(nowMs + YEAR_MS),
    remark: remarkOf(body) ?? '',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  all.set(strategy.id, strategy);
  return ok({
    strategy_id: strategy.id,
    is_enable: strategy.isEnabled ? 'on' : 'off',
    expire_at: strategy.expireAt,
  });
}

function change(call: Call): Reply {
  const { body } = call;
  const strategy = strategyOf(call);
  const isEnabled = onOff(body);
  const expireAt = expiry(body);
  const remark = remarkOf(body);
  const action = body.group_action;
  if (action !== undefined) {
    if (!isObject(action) || (action.op !== 'add' && action.op !== 'del')) {
      throw badRequest(BAD, 'group_action.op must be add or del');
    }
    const { form, groups } = readGroups(action);
    if (form !== strategy.form) throw badRequest(BAD, 'the form of group ids is that of the creation');
    const next = new Set(strategy.groups);
    for (const group of groups) {
      if (action.op === 'add') next.add(group);
      else next.delete(group);
    }
    if (next.size > MAX_GROUPS) throw badRequest(BAD, `at most ${MAX_GROUPS} groups`);
    strategy.groups.clear();
    for (const group of next) strategy.groups.add(group);
  }
  strategy.isEnabled = isEnabled ?? strategy.isEnabled;
  strategy.expireAt = expireAt ?? strategy.expireAt;
  strategy.remark = remark ?? strategy.remark;
  strategy.updatedAtMs = call.platform.clock.wall();
  return ok({ is_enable: strategy.isEnabled ? 'on' : 'off', expire_at: strategy.expireAt });
}

function remove(call: Call): Reply {
  strategies(call).delete(strategyOf(call).id);
  return ok({});
}

/** Approves, after a while, whoever is on the white list and asks to join one of the groups. */
function execute(call: Call): Reply {
  const { platform } = call;
  const strategy = strategyOf(call);
  platform.clock.after(EXECUTION_MS, () => {
    for (const openid of strategy.groups) {
      const group = platform.world.groups.get(openid);
      if (group === undefined || !strategy.isEnabled) continue;
      for (const request of [...group.joinRequests.values()]) {
        if (!strategy.users.has(request.openid)) continue;
        group.joinRequests.delete(request.id);
        admit(platform, group, request);
      }
    }
  });
  return ok({});
}

function whitelist(call: Call): Reply {
  const { body } = call;
  const strategy = strategyOf(call);
  const op = optionalText(body, 'op', BAD);
  if (op !== 'add' && op !== 'del') throw badRequest(BAD, 'op must be add or del');
  const users = stringList(body.whitelist_users, 'whitelist_users', BAD, MAX_USERS_A_CALL);
  if (users.length === 0) throw badRequest(BAD, 'whitelist_users is empty');
  if (op === 'add' && strategy.users.size + users.length > MAX_USERS) {
    throw badRequest(BAD, `at most ${MAX_USERS} users`);
  }
  for (const user of users) {
    if (op === 'add') strategy.users.add(user);
    else strategy.users.delete(user);
  }
  strategy.updatedAtMs = call.platform.clock.wall();
  return ok({
    strategy_id: strategy.id,
    whitelist_user_count: strategy.users.size,
    updated_at: beijingTime(strategy.updatedAtMs),
  });
}
