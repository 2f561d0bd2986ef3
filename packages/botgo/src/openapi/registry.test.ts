import { expect, test } from 'vitest';
import { botToken } from '../token/index.js';
import { APIv1, apiVersionString } from './api-version.js';
import type { OpenAPI } from './openapi.js';
import { createOpenAPIRegistry, openAPIOptionsOf } from './registry.js';

const token = botToken('1', 'abc-def');
const fake = (mark: string) => () => ({ appId: mark }) as unknown as OpenAPI;

test('version 1 is there and selected', async () => {
  const registry = createOpenAPIRegistry();
  expect(registry.selected).toBe(APIv1);
  expect(apiVersionString(registry.selected)).toBe('v1');
  await using api = registry.create({ tokenSource: token });
  expect(api.version).toBe(1);
  expect(api.appId).toBe('1');
});

test('an unknown version is refused by BotGo’s error, and the selection stays', () => {
  const registry = createOpenAPIRegistry();
  expect(() => registry.select(2)).toThrow(
    expect.objectContaining({ code: 'BOTGO_OPENAPI_NOT_FOUND', botgoCode: 9003 }),
  );
  expect(registry.selected).toBe(1);
});

test('another implementation can be registered, selected and replaced', () => {
  const registry = createOpenAPIRegistry();
  registry.register(2, fake('two'));
  expect(registry.create({ tokenSource: token }).appId).toBe('1');
  registry.select(2);
  expect(registry.create({ tokenSource: token }).appId).toBe('two');
  registry.register(2, fake('newer'));
  expect(registry.create({ tokenSource: token }).appId).toBe('newer');
  expect(createOpenAPIRegistry().selected).toBe(1);
});

test.each([[1.5], [-1], [Number.NaN]])('%d is no version', (version) => {
  expect(() => createOpenAPIRegistry().register(version, fake('x'))).toThrow('version');
});

test('both call shapes of NewOpenAPI are understood; none at all is a clear error, where BotGo panics', () => {
  expect(openAPIOptionsOf(token, undefined)).toEqual({ tokenSource: token });
  expect(openAPIOptionsOf(102000001, token)).toEqual({ appId: '102000001', tokenSource: token });
  expect(() => openAPIOptionsOf('1', undefined)).toThrow('token source');
  expect(() => openAPIOptionsOf(null as never, undefined)).toThrow('token source');
});
