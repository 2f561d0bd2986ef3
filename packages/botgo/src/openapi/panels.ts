import {
  type CreatePanelRequest,
  type CursorPager,
  cursorQueryParams,
  type Menu,
  type MenuResult,
  type Panel,
  type PanelCreated,
  type PanelRecord,
  type PanelRecords,
  type PanelScope,
  type PanelTargetUpdate,
  type VersionResult,
} from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readNothing, readObject } from './readers.js';

const LIST = endpoint('GET /v2/panels', readObject<PanelRecords>);
const CREATE = endpoint('POST /v2/panels', readObject<PanelCreated>);
const GET = endpoint('GET /v2/panels/{panel_id}', readObject<PanelRecord>);
const UPDATE = endpoint('PUT /v2/panels/{panel_id}', readObject<VersionResult>);
const DELETE = endpoint('DELETE /v2/panels/{panel_id}', readNothing);
const UPDATE_TARGET = endpoint('PUT /v2/panels/{panel_id}/target', readNothing);
const GET_MENU = endpoint('GET /v2/menu', readObject<MenuResult>);
const PUT_MENU = endpoint('PUT /v2/menu', readObject<VersionResult>);

/** Command panels and the menu [指令面板、自定义菜单], since 2026. Limits are calls a minute. Source of all: official wiki, node-2026. */
export interface PanelAPI {
  /** A page of the panels of a scope, newest first, 20 by default and 50 at most. See `each.panels`. 30 a minute. */
  listPanels(scope: PanelScope, pager?: CursorPager, options?: CallOptions): Promise<PanelRecords>;
  /** Makes a panel; 20 per bot. 10 a minute. */
  createPanel(panel: CreatePanelRequest, options?: CallOptions): Promise<PanelCreated>;
  /** A panel with up to 1000 of the openids that it is for. 30 a minute. */
  getPanel(panelId: string, options?: CallOptions): Promise<PanelRecord>;
  /** Replaces items and remark; scope and target stay. 10 a minute. */
  updatePanel(panelId: string, panel: Panel, options?: CallOptions): Promise<VersionResult>;
  /** 40030006 when there is none. 10 a minute. */
  deletePanel(panelId: string, options?: CallOptions): Promise<void>;
  /** Adds or takes away at most 20 receivers of a `specific` panel (others: 40030021). 60 a minute. */
  updatePanelTarget(panelId: string, change: PanelTargetUpdate, options?: CallOptions): Promise<void>;
  /** The menu of C2C chats; without one `menu` is missing or has no items. 30 a minute. */
  getMenu(options?: CallOptions): Promise<MenuResult>;
  /** Replaces the whole menu. 5 a minute. */
  putMenu(menu: Menu, options?: CallOptions): Promise<VersionResult>;
}

/** @internal */
export function panelAPI(call: Call): PanelAPI {
  return {
    listPanels: (scope, pager, options) =>
      call(LIST, { query: { scope, ...cursorQueryParams(pager ?? {}) } }, options),
    createPanel: (panel, options) => call(CREATE, { body: panel }, options),
    getPanel: (panelId, options) => call(GET, { ids: [panelId] }, options),
    updatePanel: (panelId, panel, options) => call(UPDATE, { ids: [panelId], body: { panel } }, options),
    deletePanel: (panelId, options) => call(DELETE, { ids: [panelId] }, options),
    updatePanelTarget: (panelId, change, options) =>
      call(UPDATE_TARGET, { ids: [panelId], body: change }, options),
    getMenu: (options) => call(GET_MENU, {}, options),
    putMenu: (menu, options) => call(PUT_MENU, { body: { menu } }, options),
  };
}
