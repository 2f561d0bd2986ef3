import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Area {
  total: number;
  missing: { row: string; column: string; why: string }[];
}
type Report = Record<'openapi' | 'events' | 'objects' | 'errors' | 'botgo', Area> & { ok: boolean };

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeEach(() => {
  mkdirSync(join(root, 'out'), { recursive: true });
  folder = mkdtempSync(join(root, 'out', 'coverage-'));
  cpSync(join(root, 'packages/botgo/dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(root, 'facts'), join(folder, 'facts'), { recursive: true });
  record([]);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function edit(file: string, change: (text: string) => string): void {
  const path = join(folder, file);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

/** What crossed the wire in the tests, as the command is told. */
function record(lines: object[]): void {
  writeFileSync(join(folder, 'traffic.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** What a column lacks. */
function lacks(area: Area, column: string): string[] {
  return area.missing.filter((missing) => missing.column === column).map(({ row }) => row);
}

function coverage(): { report: Report; status: number | null; lines: string[] } {
  const options = ['--json', '--traffic', join(folder, 'traffic.ndjson')];
  options.push('--dist', join(folder, 'dist'), '--facts', join(folder, 'facts'));
  const run = spawnSync(process.execPath, [join(root, 'scripts/coverage.mjs'), ...options], {
    encoding: 'utf8',
  });
  const lines = run.stdout.trimEnd().split('\n');
  return { report: JSON.parse(lines.at(-1) ?? ''), status: run.status, lines };
}

describe('coverage', { timeout: 300_000 }, () => {
  it('finds every event, object and error code of the facts in the code', () => {
    const { report, lines } = coverage();
    expect(report.events).toMatchObject({ total: 59, sdk: 59 });
    expect(report.objects).toMatchObject({ total: 527, sdk: 527 });
    expect(lacks(report.events, 'facts')).toEqual([]);
    expect(lacks(report.objects, 'facts')).toEqual([]);
    expect(report.errors).toMatchObject({ total: 348, known: 348, missing: [] });
    expect(lines).toContain('errors: 348/348 known');
  });

  it('misses a field that was removed, and one that became optional or another type', () => {
    edit('dist/dto/guild.d.ts', (text) =>
      text
        .replace(/^ {4}owner_id: string;$/m, '')
        .replace(/^ {4}member_count: number;$/m, '    member_count?: number;')
        .replace(/^ {4}max_members: number;$/m, '    max_members: string;'),
    );
    const { report, status } = coverage();
    expect(status).toBe(1);
    expect(report.ok).toBe(false);
    expect(lacks(report.objects, 'sdk')).toEqual([
      'Guild.owner_id',
      'Guild.member_count',
      'Guild.max_members',
    ]);
  });

  it('names a field that is in no table', () => {
    edit('dist/dto/guild.d.ts', (text) =>
      text.replace('owner_id: string;', 'owner_id: string; moon?: number;'),
    );
    expect(lacks(coverage().report.objects, 'facts')).toEqual(['Guild.moon']);
  });

  it('misses an event without its type or intent', () => {
    edit('dist/dto/event-payloads.d.ts', (text) => text.replace('AUDIO_START: AudioAction;', ''));
    edit('dist/dto/event-type.js', (text) => text.replace('READY: Intent.None', 'READY: Intent.Guilds'));
    expect(lacks(coverage().report.events, 'sdk')).toEqual(['READY', 'AUDIO_START']);
  });

  it('misses a code that is unknown or treated in another way', () => {
    edit('dist/errs/platform-codes-table.js', (text) =>
      text
        .replace('code: 304027,', 'code: 9304027,')
        .replace(
          "code: 11244,\n                action: 'AUTH'",
          "code: 11244,\n                action: 'CRED'",
        ),
    );
    expect(coverage().report.errors.missing.map(({ row, column }) => `${row} ${column}`)).toEqual([
      '11244 known',
      '304027 known',
      '9304027 facts',
    ]);
  });

  it('misses a row that the tables gained', () => {
    edit('facts/coverage/objects.json', (text) =>
      text.replace(/\]\s*$/, ',{"object":"Guild","field":"moon","type":"int","opt":"R"}]'),
    );
    const { report, status } = coverage();
    expect(status).toBe(1);
    expect(lacks(report.objects, 'sdk')).toEqual(['Guild.moon']);
  });

  it('misses an answer that names nothing exported, an empty one, and one to a name that BotGo lacks', () => {
    const before = coverage().report.botgo.missing.length;
    edit('facts/botgo-answers.json', (text) =>
      text
        .replace('"botgo/dto Guild.icon"', '"botgo/dto Guild.moon"')
        .replace('"botgo/dto eventToIntent"', '{ "none": "" }')
        .replace('"OPMeans":', '"OPMoons":'),
    );
    const { missing } = coverage().report.botgo;
    expect(missing.map(({ row, column }) => `${row} ${column}`)).toEqual(
      expect.arrayContaining([
        'dto field Guild.Icon answered',
        'dto func EventToIntent answered',
        'dto func OPMeans answered',
        'dto func OPMoons facts',
      ]),
    );
    expect(missing).toHaveLength(before + 4);
  });

  it('has guides for people from BotGo that say what the answers say', () => {
    const run = spawnSync(process.execPath, [join(root, 'scripts/from-botgo.mjs'), '--check'], {
      encoding: 'utf8',
    });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
  });

  it('misses a method that is gone, and one that sends something else', () => {
    expect(lacks(coverage().report.openapi, 'sdk')).not.toContain('me');
    edit('dist/openapi/users.js', (text) => text.replace('/users/@me', '/users/@you'));
    edit('dist/openapi/gateway.d.ts', (text) => text.replace(/^ {4}ws\(.*$/m, ''));
    const { missing } = coverage().report.openapi;
    expect(missing).toContainEqual({ row: 'me', column: 'sdk', why: 'sends GET /users/@you' });
    expect(missing).toContainEqual({ row: 'ws', column: 'sdk', why: 'no such method' });
  });

  it('names a method that is in no table', () => {
    edit('dist/openapi/users.d.ts', (text) =>
      text.replace(/^ {4}me\(/m, '    moon(): Promise<void>;\n    me('),
    );
    expect(lacks(coverage().report.openapi, 'facts')).toEqual(['moon']);
  });

  it('takes for answered what worked, and for tested what the SDK did', () => {
    const exchange = { kind: 'exchange', method: 'GET', query: {}, trace: true };
    const user = { id: '1', username: 'pine' };
    record([
      { ...exchange, agent: 'BotGoSDK/v0.1.0 (Node/20)', path: '/users/@me', status: 200, response: user },
      { ...exchange, agent: 'node', path: '/gateway', status: 200, response: { url: 'wss://host' } },
      {
        ...exchange,
        agent: 'node',
        path: '/gateway/bot',
        status: 200,
        response: { url: 'wss://host', shards: '1' },
      },
      { ...exchange, agent: 'node', path: '/guilds/1', status: 404, response: {} },
      // An audit decides: an error's form, and no error.
      {
        ...exchange,
        agent: 'node',
        method: 'POST',
        path: '/channels/1/messages',
        status: 202,
        response: { code: 304023 },
      },
    ]);
    const { openapi, objects } = coverage().report;
    const about = (row: string) =>
      openapi.missing
        .filter((missing) => missing.row === row && missing.column !== 'sdk')
        .map(({ why }) => why);
    expect(about('me')).toEqual([]);
    expect(about('gateway')).toEqual(['no test calls it through the SDK']);
    expect(about('ws')[0]).toBe('answers in another form: $.shards is string, not number');
    expect(about('guild')).toContain('is not answered');
    expect(about('postMessage')).toEqual(['no test calls it through the SDK']);
    expect(about('channel')).toContain('no test calls it');
    expect(lacks(objects, 'tested')).not.toContain('User.username');
    expect(lacks(objects, 'tested')).toContain('User.avatar');
    expect(lacks(objects, 'simulator')).not.toContain('WebsocketAP.url');
    expect(lacks(objects, 'tested')).toContain('WebsocketAP.url');
  });

  it('takes fields from the acceptance of a message, and a field that the platform has closed from its refusal', () => {
    const exchange = {
      kind: 'exchange',
      method: 'POST',
      path: '/v2/users/1/messages',
      query: {},
      trace: true,
      agent: 'BotGoSDK/v0.1.0 (Node/20)',
    };
    const data = { message_audit: { audit_id: 'a' } };
    record([
      { ...exchange, status: 202, request: { msg_type: 0 }, response: { code: 304023, audit_id: 'a', data } },
      { ...exchange, status: 400, request: { msg_type: 4, embed: {}, ark: {} }, response: { code: 340069 } },
      { ...exchange, status: 400, request: { msg_type: 7, image: '' }, response: { code: 340069 } },
    ]);
    const { openapi, objects } = coverage().report;
    expect(lacks(openapi, 'tested')).toContain('postC2CMessage');
    expect(lacks(objects, 'tested')).not.toContain('MessageSendResult.audit_id');
    expect(lacks(objects, 'tested')).toContain('MessageSendResult.audit_tips');
    expect(lacks(objects, 'tested')).not.toContain('MessageToCreate v2.embed');
    expect(lacks(objects, 'tested')).toContain('MessageToCreate v2.ark');
    expect(lacks(objects, 'tested')).toContain('MessageToCreate v2.image');
  });

  it('takes for tested an event that a handler got', () => {
    const frames = readFileSync(join(root, 'facts/events.jsonl'), 'utf8').trim().split('\n');
    const payloads: { t: string; id?: string }[] = frames.map((frame) => JSON.parse(frame));
    record([
      ...payloads.map((payload) => ({ kind: 'frame', payload })),
      ...payloads
        .filter(({ t }) => t !== 'AUDIO_START')
        .map(({ t, id }) => ({
          kind: 'settled',
          type: t,
          id,
          outcome: t === 'ENTER_AIO' ? 'failed' : 'handled',
        })),
    ]);
    const { events, objects } = coverage().report;
    expect(lacks(events, 'simulator')).toEqual([]);
    expect(lacks(events, 'tested')).toEqual(['ENTER_AIO', 'AUDIO_START']);
    // Rich text is JSON inside of JSON.
    expect(lacks(objects, 'tested')).not.toContain('Paragraph.elems');
    expect(lacks(objects, 'tested')).toContain('AudioAction.audio_url');
    expect(lacks(objects, 'simulator')).not.toContain('AudioAction.audio_url');
  });
});
