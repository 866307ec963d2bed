import { compareText, type Field, type Labels } from '../model/index.ts';

/** Orders value fields as Go orders the fields of a wide frame: by name, then by the labels of the given keys. */
export function compareSeries(a: Field, b: Field, keys: readonly string[]): number {
  const byName = compareText(a.name, b.name);
  if (byName !== 0) return byName;
  for (const key of keys) {
    const byLabel = compareText(labelOf(a.labels, key), labelOf(b.labels, key));
    if (byLabel !== 0) return byLabel;
  }
  return 0;
}

function labelOf(labels: Labels | undefined, key: string): string {
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : '';
}
