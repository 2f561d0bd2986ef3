import { expect, it } from 'vitest';
import { memberPath } from './member-path.js';

it('finds its member’s program in a project whose own path has a folder src in it', () => {
  expect(memberPath('file:///srv/me/src/bot/node_modules/@botgo/relay/dist/contract/index.js')).toBe(
    '/srv/me/src/bot/node_modules/@botgo/relay/dist/contract/member-process.js',
  );
});

it('takes the compiled program where it is run from the sources', () => {
  expect(memberPath('file:///srv/me/src/packages/relay/src/contract/index.ts')).toBe(
    '/srv/me/src/packages/relay/dist/contract/member-process.js',
  );
});
