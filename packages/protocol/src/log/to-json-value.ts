const MAX_DEPTH = 8;
const MAX_ITEMS = 200;

/**
 * A copy that JSON can hold, without surprises: no cycles, no code of the value that may throw past us,
 * and not much more than `maxCharacters` of names and texts in it altogether.
 */
export function toJsonValue(value: unknown, maxCharacters: number): unknown {
  return convert(value, { budget: { left: maxCharacters }, parents: [] });
}

interface Walk {
  /** Characters that may still be used, shared by the whole walk. */
  readonly budget: { left: number };
  readonly parents: readonly object[];
}

function convert(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case 'string':
      return take(value, walk);
    case 'number':
      walk.budget.left -= 8;
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      return value === null ? null : guard(() => convertObject(value, walk));
    default:
      // bigint, symbol, function
      return take(String(value), walk);
  }
}

function convertObject(value: object, walk: Walk): unknown {
  if (walk.parents.includes(value)) return '[circular]';
  if (walk.parents.length === MAX_DEPTH) return '[nested deeper]';
  const inner: Walk = { ...walk, parents: [...walk.parents, value] };
  if (value instanceof Error) return take(errorText(value), inner);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if ('toJSON' in value && typeof value.toJSON === 'function') return convert(value.toJSON(), inner);
  if (value instanceof Map) return convert(Object.fromEntries(value), inner);
  if (value instanceof Set) return convertList([...value], inner);
  if (Array.isArray(value)) return convertList(value, inner);
  return convertFields(value, inner);
}

function convertList(items: readonly unknown[], walk: Walk): unknown[] {
  const list: unknown[] = [];
  while (list.length < items.length && list.length < MAX_ITEMS && walk.budget.left > 0) {
    walk.budget.left -= 4;
    list.push(convert(items[list.length], walk) ?? null);
  }
  if (list.length < items.length) list.push(`[${items.length - list.length} more]`);
  return list;
}

function convertFields(value: object, walk: Walk): Record<string, unknown> {
  const names = Object.keys(value);
  const entries: [string, unknown][] = [];
  while (entries.length < names.length && entries.length < MAX_ITEMS && walk.budget.left > 0) {
    const name = names[entries.length];
    entries.push([take(name, walk), guard(() => convert(Reflect.get(value, name), walk))]);
  }
  if (entries.length < names.length) entries.push(['fieldsDropped', names.length - entries.length]);
  return Object.fromEntries(entries);
}

function take(text: string, { budget }: Walk): string {
  const left = Math.max(0, budget.left);
  budget.left -= text.length + 4;
  return text.length <= left ? text : `${text.slice(0, left)}…`;
}

/** The message and that of its cause. */
function errorText(error: Error): string {
  const text = error.message === '' ? error.name : error.message;
  return error.cause instanceof Error && error.cause !== error ? `${text}: ${error.cause.message}` : text;
}

/** Getters, proxies and `toJSON` are foreign code: what they throw becomes the value. */
function guard(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return `[unreadable: ${error instanceof Error ? error.message : typeof error}]`;
  }
}
