import { beijingTime } from '../clock.js';
import { isObject, type JsonObject } from '../json.js';
import { refused } from '../rules/refusal.js';
import type { Panel } from '../world/model.js';
import { type Call, limitOf, ok, pageOf, type Reply, type Route, stringList } from './call.js';

const BAD = 40030001;
const MISSING = 40030006;
const BAD_URL = 40030008;
const BAD_SCOPE = 40030011;
const BAD_TARGET = 40030012;
const TOO_MANY = 40030013;
const BAD_MENU_TYPE = 40030014;
const BAD_ITEM_TYPE = 40030015;
const FIELD_MISSING = 40030016;
const BAD_OP = 40030017;
const NOT_IN_SCOPE = 40030018;
const NO_TARGETS = 40030021;

const SCOPES = ['c2c', 'group', 'channel', 'dm'];
const MAX_PANELS = 20;
const MAX_ITEMS = 20;
const MAX_OPENIDS = 20;
const MAX_MENU_ITEMS = 10;
const MAX_SUB_ITEMS = 5;
const MAX_LISTED_OPENIDS = 1_000;

/** Command panels and the menu. */
export const panelRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/panels', handler: list, perMinute: 30 },
  { method: 'POST', path: '/v2/panels', handler: create, perMinute: 10 },
  { method: 'GET', path: '/v2/panels/:panel_id', handler: one, perMinute: 30 },
  { method: 'PUT', path: '/v2/panels/:panel_id', handler: replace, perMinute: 10 },
  { method: 'DELETE', path: '/v2/panels/:panel_id', handler: remove, perMinute: 10 },
  { method: 'PUT', path: '/v2/panels/:panel_id/target', handler: retarget, perMinute: 60 },
  { method: 'GET', path: '/v2/menu', handler: menu, perMinute: 30 },
  { method: 'PUT', path: '/v2/menu', handler: putMenu, perMinute: 5 },
];

function panels(call: Call): Map<string, Panel> {
  return call.platform.world.services(call.bot.appId).panels;
}

function panelOf(call: Call): Panel {
  const panel = panels(call).get(call.param('panel_id'));
  if (panel === undefined) throw refused(MISSING, 'the panel does not exist');
  return panel;
}

function wire(panel: Panel, withTargets: boolean): Record<string, unknown> {
  const targets = withTargets && panel.targetType === 'specific';
  return {
    panel_id: panel.id,
    scope: panel.scope,
    target_type: panel.targetType,
    panel: panel.panel,
    created_at: beijingTime(panel.createdAtMs),
    updated_at: beijingTime(panel.updatedAtMs),
    version: panel.version,
    ...(targets && panel.scope === 'c2c'
      ? { user_openids: [...panel.userOpenids].slice(0, MAX_LISTED_OPENIDS) }
      : {}),
    ...(targets && panel.scope === 'group'
      ? { group_openids: [...panel.groupOpenids].slice(0, MAX_LISTED_OPENIDS) }
      : {}),
  };
}

function list(call: Call): Reply {
  const scope = call.query('scope');
  if (scope === undefined || !SCOPES.includes(scope))
    throw refused(BAD_SCOPE, 'scope must be c2c, group, channel or dm');
  const newestFirst = [...panels(call).values()].filter((panel) => panel.scope === scope).reverse();
  const { page, next } = pageOf(call, newestFirst, limitOf(call, 20, 50));
  return ok({ records: page.map((panel) => wire(panel, false)), next_cursor: next, is_end: next === '' });
}

function one(call: Call): Reply {
  return ok(wire(panelOf(call), true));
}

function create(call: Call): Reply {
  const { platform, body } = call;
  const scope = String(body.scope);
  if (!SCOPES.includes(scope)) throw refused(BAD_SCOPE, 'scope must be c2c, group, channel or dm');
  const targetType = body.target_type ?? 'all';
  if (targetType !== 'all' && targetType !== 'specific')
    throw refused(BAD_TARGET, 'target_type must be all or specific');
  if (targetType === 'specific' && scope !== 'c2c' && scope !== 'group') {
    throw refused(NOT_IN_SCOPE, 'specific panels are for c2c and group only');
  }
  const users = openids(body, 'user_openids');
  const groups = openids(body, 'group_openids');
  if (targetType === 'all' && users.length + groups.length > 0)
    throw refused(NO_TARGETS, 'a global panel has no targets');
  if ((scope === 'c2c' && groups.length > 0) || (scope === 'group' && users.length > 0)) {
    throw refused(NOT_IN_SCOPE, 'these openids do not belong to the scope');
  }
  const all = panels(call);
  if (all.size >= MAX_PANELS) throw refused(TOO_MANY, `a bot has at most ${MAX_PANELS} panels`);
  const nowMs = platform.clock.wall();
  const panel: Panel = {
    id: platform.ids.tagged('panel_'),
    scope,
    targetType,
    panel: readPanel(body.panel, 1),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    version: 1,
    userOpenids: new Set(users),
    groupOpenids: new Set(groups),
  };
  all.set(panel.id, panel);
  return ok({ panel_id: panel.id });
}

function openids(body: JsonObject, key: string): string[] {
  return stringList(
    body[key],
    key,
    Array.isArray(body[key]) && body[key].length > MAX_OPENIDS ? TOO_MANY : BAD,
    MAX_OPENIDS,
  );
}

function readPanel(value: unknown, version: number): JsonObject {
  if (!isObject(value)) throw refused(FIELD_MISSING, 'panel is needed');
  const items = value.items ?? [];
  if (!Array.isArray(items)) throw refused(BAD, 'items must be a list');
  if (items.length > MAX_ITEMS) throw refused(TOO_MANY, `a panel has at most ${MAX_ITEMS} items`);
  for (const item of items as readonly unknown[]) checkItem(item);
  if (typeof value.remark === 'string' && value.remark.length > 255)
    throw refused(BAD, 'remark has at most 255 characters');
  return { ...value, items, version };
}

/** A CJK character counts as two. */
function widthOf(text: string): number {
  return [...text].reduce((width, char) => width + ((char.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1), 0);
}

function checkName(item: JsonObject, max: number): void {
  if (typeof item.name !== 'string' || item.name === '') throw refused(FIELD_MISSING, 'name is needed');
  if (widthOf(item.name) > max) throw refused(BAD, `name has at most ${max} units`);
}

function checkLink(item: JsonObject): void {
  if (typeof item.link !== 'string') throw refused(FIELD_MISSING, 'link is needed');
  if (!item.link.startsWith('https://')) throw refused(BAD_URL, 'link must be https');
}

function checkItem(item: unknown): void {
  if (!isObject(item)) throw refused(BAD, 'an item must be an object');
  checkName(item, 14);
  if (item.type !== 'command' && item.type !== 'link')
    throw refused(BAD_ITEM_TYPE, 'type must be command or link');
  if (item.type === 'link') checkLink(item);
  if (typeof item.desc === 'string' && item.desc.length > 30)
    throw refused(BAD, 'desc has at most 30 characters');
}

function replace(call: Call): Reply {
  const panel = panelOf(call);
  panel.panel = readPanel(call.body.panel, panel.version + 1);
  panel.version++;
  panel.updatedAtMs = call.platform.clock.wall();
  return ok({ version: panel.version });
}

function remove(call: Call): Reply {
  panels(call).delete(panelOf(call).id);
  return ok({});
}

function retarget(call: Call): Reply {
  const { body } = call;
  const panel = panelOf(call);
  if (panel.targetType !== 'specific') throw refused(NO_TARGETS, 'a global panel has no targets');
  if (body.op !== 'add' && body.op !== 'del') throw refused(BAD_OP, 'op must be add or del');
  const users = openids(body, 'user_openids');
  const groups = openids(body, 'group_openids');
  if (users.length + groups.length === 0)
    throw refused(FIELD_MISSING, 'user_openids or group_openids is needed');
  for (const [set, given] of [
    [panel.userOpenids, users],
    [panel.groupOpenids, groups],
  ] as const) {
    for (const openid of given) {
      if (body.op === 'add') set.add(openid);
      else set.delete(openid);
    }
  }
  return ok({});
}

function menu(call: Call): Reply {
  const services = call.platform.world.services(call.bot.appId);
  return ok({
    ...(services.menu === undefined ? {} : { menu: services.menu }),
    version: services.menuVersion,
  });
}

function putMenu(call: Call): Reply {
  const given = call.body.menu;
  if (!isObject(given) || !Array.isArray(given.items)) throw refused(FIELD_MISSING, 'menu.items is needed');
  if (given.items.length > MAX_MENU_ITEMS)
    throw refused(TOO_MANY, `a menu has at most ${MAX_MENU_ITEMS} items`);
  for (const item of given.items as readonly unknown[]) checkMenuItem(item);
  const services = call.platform.world.services(call.bot.appId);
  services.menu = given;
  services.menuVersion++;
  return ok({ version: services.menuVersion });
}

function checkMenuItem(item: unknown): void {
  if (!isObject(item)) throw refused(BAD, 'an item must be an object');
  checkName(item, 10);
  switch (item.type) {
    case 'switch':
      if (!isObject(item.switch) || typeof item.switch.switch_id !== 'string') {
        throw refused(FIELD_MISSING, 'switch.switch_id is needed');
      }
      return;
    case 'send_message':
      if (typeof item.send_message !== 'string') throw refused(FIELD_MISSING, 'send_message is needed');
      return;
    case 'link':
      checkLink(item);
      return;
    case 'menu':
      checkSubMenu(item.sub_menu_items);
      return;
    default:
      throw refused(BAD_MENU_TYPE, 'type must be switch, send_message, link or menu');
  }
}

function checkSubMenu(items: unknown): void {
  if (!Array.isArray(items)) throw refused(FIELD_MISSING, 'sub_menu_items is needed');
  if (items.length > MAX_SUB_ITEMS) throw refused(TOO_MANY, `a sub menu has at most ${MAX_SUB_ITEMS} items`);
  for (const item of items as readonly unknown[]) {
    if (!isObject(item)) throw refused(BAD, 'an item must be an object');
    checkName(item, 14);
    if (item.type === 'link') checkLink(item);
    else if (item.type !== 'send_message') throw refused(BAD_MENU_TYPE, 'type must be send_message or link');
  }
}
