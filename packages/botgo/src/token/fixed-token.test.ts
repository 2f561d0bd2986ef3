import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigError } from '../errs/index.js';
import { loadCredentialsFromConfig, parseFlatYaml } from './config-file.js';
import {
  botToken,
  loadTokenFromConfig,
  newToken,
  TypeBearer,
  TypeBot,
  TypeNormal,
  TypeQQBot,
  userToken,
} from './fixed-token.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'botgo-token-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

test("a bot's fixed token is sent as `Bot appid.token` and stays after a refusal", async () => {
  const source = botToken(102000001, 'abc-def');
  const token = await source.token();
  expect(token.authorization).toBe('Bot 102000001.abc-def');
  expect(token.expiresAtMs).toBe(Number.POSITIVE_INFINITY);
  expect(source.getString()).toBe('102000001.abc-def');
  source.invalidate(token);
  expect(await source.token()).toBe(token);
});

test("a user's token is sent bare", async () => {
  const source = userToken('1', 'abc-def');
  expect((await source.token()).authorization).toBe('Bearer abc-def');
  expect(source.getString()).toBe('abc-def');
});

test('the type words are those of the Authorization header', () => {
  expect([TypeBot, TypeNormal, TypeBearer, TypeQQBot]).toEqual(['Bot', 'Bearer', 'Bearer', 'QQBot']);
});

test('an empty token says what to do, and is filled from a file', async () => {
  const source = newToken(TypeBot);
  expect(source.appId).toBe('');
  expect(source.getString()).toBe('');
  await expect(source.token()).rejects.toMatchObject({ code: 'BOTGO_TOKEN' });
  const path = await file(
    'good.yaml',
    '# bot\r\nappid: 102000001\r\ntoken: "abc-def" # ours\r\nother:\r\n  x: 1\r\n',
  );
  expect(await source.loadFromConfig(path)).toBe(source);
  expect(source.appId).toBe('102000001');
  expect((await source.token()).authorization).toBe('Bot 102000001.abc-def');
  expect((await loadTokenFromConfig(path)).getString()).toBe('102000001.abc-def');
});

test('credentials of the newer kind come from `appid` and `secret`; a long app id keeps its digits', async () => {
  const path = await file('credentials.yaml', "appid: 18446744073709551615\nsecret: 'it''s-1'\n");
  expect(await loadCredentialsFromConfig(path)).toEqual({ appId: '18446744073709551615', secret: "it's-1" });
});

test.each([
  ['no token', 'appid: 1\n', 'lacks token'],
  ['no app id', 'token: abc\n', 'lacks appid'],
  ['empty values', 'appid:\ntoken: ~\n', 'lacks appid and token'],
  ['nothing', '', 'lacks appid and token'],
  ['a nested token', 'appid: 1\ntoken: {a: 1}\n', 'token'],
  ['a token twice', 'appid: 1\ntoken: a\ntoken: b\n', 'given twice'],
  ['an open quote', 'appid: 1\ntoken: "a\n', 'token'],
])('a file with %s is refused: BotGo takes it for an empty credential', async (name, text, said) => {
  const path = await file(`${name}.yaml`, text);
  await expect(loadTokenFromConfig(path)).rejects.toThrow(ConfigError);
  await expect(loadTokenFromConfig(path)).rejects.toThrow(said);
});

test('a file that is not there is named, with its cause', async () => {
  const error = await loadTokenFromConfig(join(folder, 'none.yaml')).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).cause).toMatchObject({ code: 'ENOENT' });
});

test('what YAML allows in such a file is read', () => {
  const text = '\uFEFF---\n"appid" : 1\ntoken: a#b # comment\nquoted: "a\\tb: #c"\nnull1: null\n#x: y\n';
  expect([...parseFlatYaml(text, 'f')]).toEqual([
    ['appid', '1'],
    ['token', 'a#b'],
    ['quoted', 'a\tb: #c'],
    ['null1', ''],
  ]);
});

test('missing parts are refused, and printing a token shows none of it', () => {
  expect(() => botToken('1', '')).toThrow(ConfigError);
  expect(() => botToken('', 'abc')).toThrow(ConfigError);
  expect(() => userToken('1', 'a b')).toThrow(ConfigError);
  const token = botToken('1', 'abc-def');
  expect(inspect(token, { depth: 9, showHidden: true }) + JSON.stringify(token)).not.toContain('abc-def');
});
