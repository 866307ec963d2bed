import { type Field, FrameError } from '../model/index.ts';

/**
 * Refuses to put enum cells under each other that mean different words: they are indexes.
 *
 * @throws FrameError `fields_mismatch`
 */
export function assertSameWords(first: Field, other: Field): void {
  if (first.kind !== 'enum' || wordsKey(first) === wordsKey(other)) return;
  throw new FrameError('fields_mismatch', {
    reason: 'the words of the enum differ',
    field: first.name,
    hint: 'give every field the same `text`, in the same order',
  });
}

function wordsKey({ config }: Field): string {
  return JSON.stringify(config?.type?.enum?.text ?? []);
}
