import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GROUP, openTour, refusal, TIMESTAMP, type Tour, USER } from './tour.js';

let tour: Tour;
beforeEach(async () => {
  tour = await openTour();
});
afterEach(() => tour[Symbol.asyncDispose]());

const items = [
  { name: '天气', desc: 'the weather', type: 'command', only_admin: true },
  { name: 'help', type: 'link', link: 'https://bot.example/help' },
];

describe('command panels', () => {
  it('are made, changed, aimed and deleted', async () => {
    const { panel_id } = await tour.api.createPanel({
      scope: 'c2c',
      target_type: 'specific',
      user_openids: [USER],
      panel: { items, remark: 'first' },
    });
    const panel = await tour.api.getPanel(panel_id);
    expect(panel).toMatchObject({
      panel_id,
      scope: 'c2c',
      target_type: 'specific',
      panel: { items, remark: 'first' },
      created_at: expect.stringMatching(TIMESTAMP),
      updated_at: expect.stringMatching(TIMESTAMP),
      version: 1,
      user_openids: [USER],
    });
    expect(await tour.api.updatePanel(panel_id, { items: items.slice(1) })).toEqual({ version: 2 });
    await tour.api.updatePanelTarget(panel_id, { op: 'del', user_openids: [USER] });
    const changed = await tour.api.getPanel(panel_id);
    expect(changed).toMatchObject({ version: 2, panel: { items: [{ name: 'help' }] } });
    expect(changed.user_openids ?? []).toEqual([]);
    await tour.api.deletePanel(panel_id);
    expect(await refusal(tour.api.getPanel(panel_id))).toBe(40030006);
  });

  it('are listed over pages, newest first', async () => {
    const panel = { items };
    const made: string[] = [];
    for (let n = 0; n < 3; n++) {
      const target = { target_type: 'specific', group_openids: [GROUP] };
      made.unshift((await tour.api.createPanel({ scope: 'group', ...target, panel })).panel_id);
      tour.clock.advance(1_000);
    }
    const first = await tour.api.listPanels('group', { limit: 2 });
    expect(first).toMatchObject({ is_end: false, next_cursor: expect.any(String) });
    expect(first.records.map(({ panel_id }) => panel_id)).toEqual(made.slice(0, 2));
    const ids: string[] = [];
    for await (const record of tour.api.each.panels('group', { limit: 2 })) ids.push(record.panel_id);
    expect(ids).toEqual(made);
    expect(await tour.api.getPanel(made[0] ?? '')).toMatchObject({ group_openids: [GROUP] });
  });
});

describe('the menu', () => {
  it('is set as a whole', async () => {
    expect(await tour.api.getMenu()).toEqual({ version: 0 });
    const menu = {
      items: [
        { name: 'say hello', type: 'send_message', send_message: 'hello' },
        { name: 'site', type: 'link', link: 'https://bot.example' },
        { name: 'quiet', type: 'switch', switch: { switch_id: 'quiet', default: false } },
        {
          name: 'more',
          type: 'menu',
          sub_menu_items: [
            { name: 'help', type: 'send_message', send_message: 'help' },
            { name: 'docs', type: 'link', link: 'https://bot.example/docs' },
          ],
        },
      ],
    };
    expect(await tour.api.putMenu(menu)).toEqual({ version: 1 });
    expect(await tour.api.getMenu()).toEqual({ menu, version: 1 });
  });
});
