export { formatJson, toRawJson } from './format-json.ts';
export { parseJson } from './parse-json.ts';
export { sliceJson } from './slice-json.ts';
export { createFieldFinder, isJsonObject, JsonNumber, type JsonObject, type JsonValue } from './value.ts';
