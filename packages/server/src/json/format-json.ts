import { JsonNumber, type JsonObject, type JsonValue } from './value.ts';

/**
 * Writes JSON as Go's encoder does for maps: keys sorted, `<`, `>`, `&` and the two Unicode line ends escaped,
 * no white space. Numbers keep their spelling.
 */
export function formatJson(value: JsonValue): string {
  if (value instanceof JsonNumber) return value.text;
  if (typeof value === 'string') return quote(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(formatJson).join(',')}]`;
  const object = value as JsonObject;
  let text = '';
  for (const key of Object.keys(object).sort()) text += `${text === '' ? '{' : ','}${quote(key)}:${formatJson(object[key] as JsonValue)}`;
  return text === '' ? '{}' : `${text}}`;
}

const special = /[<>&\u2028\u2029]/g;
/** Printable ASCII without what is escaped. */
const plain = /^[ !#-%'-;=?-[\]-~]*$/;

function quote(text: string): string {
  // Most texts have nothing to escape.
  if (plain.test(text)) return `"${text}"`;
  return JSON.stringify(text.toWellFormed()).replace(special, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The value with the exact numbers that JSON.stringify would lose, as a piece of JSON that it copies. */
export function toRawJson(value: JsonValue): unknown {
  return JSON.parse(formatJson(value), (_key, inner, context?: { readonly source?: string }) =>
    typeof inner === 'number' && context?.source !== undefined ? rawJson(context.source) : inner,
  );
}

const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
