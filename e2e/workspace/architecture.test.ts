import { expect, it } from 'vitest';
import { importGraphOnPage, importGraphText } from '../../scripts/import-graph.mjs';

it('ARCHITECTURE.md shows the imports as they are', () => {
  expect(importGraphOnPage()).toBe(importGraphText());
});
