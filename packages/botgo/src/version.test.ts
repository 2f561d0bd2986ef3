import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sdkVersion, VERSION } from './version.js';

test('the version that is sent is the one of the release: BotGo says v0.0.1 for ever', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(VERSION).toBe(manifest.version);
  expect(sdkVersion()).toBe(`BotGoSDK/v${manifest.version}`);
});
