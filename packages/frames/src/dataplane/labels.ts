import { compareText, type Labels } from '../model/index.ts';

/** Labels as `a=1, b=2`, sorted by name, as Go prints them. */
export function formatLabelSet(labels: Labels | undefined): string {
  if (labels === undefined) return '';
  const names = Object.keys(labels).sort(compareText);
  return names.map((name) => `${name}=${labels[name]}`).join(', ');
}

/** Labels as text that is equal for equal labels, and that orders as Go's does. */
export function labelsKey(labels: Labels | undefined): string {
  const pairs = Object.entries(labels ?? {}).sort(([a], [b]) => compareText(a, b));
  return JSON.stringify(pairs).replace(/[<>&\u2028\u2029]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What tells one item of a response from another. */
export function itemKey(name: string, labels: Labels | undefined): string {
  return JSON.stringify(name) + labelsKey(labels);
}

/** Items sorted by name, then by labels: the order in which Grafana reads wide and long frames. */
export function sortItems<T extends { readonly name: string; readonly labels: Labels }>(items: readonly T[]): T[] {
  const keyed = items.map((item) => ({ item, labels: formatLabelSet(item.labels) }));
  keyed.sort((a, b) => compareText(a.item.name, b.item.name) || compareText(a.labels, b.labels));
  return keyed.map(({ item }) => item);
}
