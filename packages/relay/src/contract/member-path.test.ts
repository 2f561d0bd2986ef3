import { expect, it } from 'vitest';
import { memberPath } from './member-path.js';

it('finds its member’s program in a project whose own path has a folder src in it', () => {
  expect(memberPath('file:///home/me/src/bot/node_modules/@botgo/relay/dist/contract/index.js')).toBe(
    '/home/me/src/bot/node_modules/@botgo/relay/dist/contract/member-process.js',
  );
});

it('takes the compiled program where it is run from the sources', () => {
  expect(memberPath('file:///home/me/src/packages/relay/src/contract/index.ts')).toBe(
    '/home/me/src/packages/relay/dist/contract/member-process.js',
  );
});
