import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Stands in for a language model: it gives its answer piece by piece, as they all do. Put the client of yours in its place; most of them
 * give an async iterable as it is.
 */
export async function* answer(question: string, signal: AbortSignal): AsyncGenerator<string> {
  const words = [
    'You ',
    'asked ',
    '“',
    question,
    '”. ',
    'I ',
    'only ',
    'pretend ',
    'to ',
    'think, ',
    'but ',
    'I ',
    'do ',
    'it ',
    '**slowly**.',
  ];
  for (const word of words) {
    await sleep(120, undefined, { signal });
    yield word;
  }
}
