import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';

const deepestMerge = 20;

/** The value of a key in a map, also when the map takes it over from others: `<<: *base` or `<<: [*one, *two]`. */
export function lookUp(map: YAMLMap<unknown, unknown>, key: string, document: Document, depth = 0): Node | undefined {
  const own = map.get(key, true) as Node | null | undefined;
  if (own !== undefined && own !== null) return own;
  if (depth === deepestMerge) return undefined;
  for (const base of basesOf(map, document)) {
    const found = lookUp(base, key, document, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What an alias stands for; other nodes stand for themselves. Undefined for an alias whose anchor is not there. */
export function resolved(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function basesOf(map: YAMLMap<unknown, unknown>, document: Document): YAMLMap<unknown, unknown>[] {
  return map.items
    .filter(({ key }) => isScalar(key) && (key.value === '<<' || (typeof key.value === 'symbol' && key.value.description === '<<')))
    .flatMap(({ value }) => {
      const bases = resolved(value, document);
      return isSeq(bases) ? bases.items.map((item) => resolved(item, document)) : [bases];
    })
    .filter((base): base is YAMLMap<unknown, unknown> => isMap(base));
}
