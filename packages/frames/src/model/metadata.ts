// Labels, config and meta as JSON text: keys in the order in which Go writes them, empty values left out as Go
// leaves them out, unknown keys kept behind the known ones.
import { compareText } from './compare-text.ts';
import type { Labels } from './field.ts';
import type { FieldConfig } from './field-config.ts';
import { FrameError, type FrameErrorFacts } from './frame-error.ts';
import { completeMeta, type FrameMeta, type FrameMetaInput } from './frame-meta.ts';
import { formatOnce } from './frozen-metadata.ts';

type Shape = 'text' | 'flag' | 'decimals' | 'limit' | 'number' | 'list' | 'object' | 'any' | 'version';

const CONFIG_SHAPES: Readonly<Record<string, Shape>> = {
  displayName: 'text',
  displayNameFromDS: 'text',
  path: 'text',
  description: 'text',
  filterable: 'flag',
  writeable: 'flag',
  unit: 'text',
  decimals: 'decimals',
  min: 'limit',
  max: 'limit',
  interval: 'number',
  mappings: 'list',
  thresholds: 'object',
  color: 'object',
  links: 'list',
  noValue: 'text',
  type: 'object',
  custom: 'object',
} satisfies Record<keyof FieldConfig, Shape>;

const META_SHAPES: Readonly<Record<string, Shape>> = {
  type: 'text',
  typeVersion: 'version',
  path: 'text',
  pathSeparator: 'text',
  custom: 'any',
  stats: 'list',
  notices: 'list',
  channel: 'text',
  preferredVisualisationType: 'text',
  preferredVisualisationPluginId: 'text',
  executedQueryString: 'text',
  dataTopic: 'text',
  uniqueRowIdFields: 'list',
} satisfies Record<keyof FrameMeta, Shape>;

/** Labels as JSON, sorted by name as Go sorts. @throws FrameError `metadata_invalid` for a label that is not text */
export function formatLabels(labels: Labels, field: string): string {
  return formatOnce(labels, formatSorted, field);
}

/** Field config as JSON. @throws FrameError `metadata_invalid` for what Grafana's reader refuses, or JSON cannot hold */
export function formatConfig(config: FieldConfig, field: string): string {
  return formatOnce(config, formatConfigKeys, field);
}

/** Frame meta as JSON. @throws FrameError `metadata_invalid` for what Grafana's reader refuses, or JSON cannot hold */
export function formatMeta(meta: FrameMeta): string {
  return formatOnce(meta, formatMetaKeys);
}

function formatSorted(labels: Labels, field?: string): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => compareText(a, b));
  for (const [name, text] of pairs) assertLabel(name, text, field);
  return `{${pairs.map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`).join(',')}}`;
}

function formatConfigKeys(config: FieldConfig, field?: string): string {
  return formatObject(config, CONFIG_SHAPES, { what: 'config', field });
}

function formatMetaKeys(meta: FrameMeta): string {
  return formatObject(meta, META_SHAPES, { what: 'meta' });
}

/** The types say so, but labels come out of JSON of all sorts. */
function assertLabel(name: string, text: unknown, field: string | undefined): void {
  if (typeof text === 'string') return;
  throw metadataError(`label ${JSON.stringify(name)} is not text`, field);
}

/** Labels from decoded JSON; null is no labels. */
export function readLabels(value: unknown, field: string): Labels | undefined {
  if (value === null || value === undefined) return undefined;
  const labels = assertObject(value, { reason: 'labels are not an object', field });
  for (const [name, text] of Object.entries(labels)) assertLabel(name, text, field);
  return labels as Labels;
}

/** Field config from decoded JSON, refused where Grafana's own reader refuses it. */
export function readConfig(value: unknown, field: string): FieldConfig | undefined {
  if (value === null || value === undefined) return undefined;
  return readObject(assertObject(value, { reason: 'config is not an object', field }), CONFIG_SHAPES, { what: 'config', field });
}

/** Frame meta from decoded JSON, refused where Grafana's own reader refuses it. */
export function readMeta(value: unknown): FrameMeta | undefined {
  if (value === null || value === undefined) return undefined;
  const meta = readObject(assertObject(value, { reason: 'meta is not an object' }), META_SHAPES, { what: 'meta' });
  return completeMeta(meta as FrameMetaInput);
}

/** What an error says of the object at hand. */
interface Subject {
  readonly what: string;
  readonly field?: string | undefined;
}

function formatObject(value: object, shapes: Readonly<Record<string, Shape>>, subject: Subject): string {
  const source = value as Readonly<Record<string, unknown>>;
  const parts: string[] = [];
  const add = (key: string) => {
    const text = source[key] === undefined ? undefined : formatValue(key, source[key], subject);
    if (text !== undefined) parts.push(`${JSON.stringify(key)}:${text}`);
  };
  for (const key in shapes) {
    if (source[key] === undefined || source[key] === null) add(key);
    else {
      assertShape(key, source[key], shapes[key], subject);
      if (!isEmpty(source[key], shapes[key])) add(key);
    }
  }
  for (const key of Object.keys(source)) if (!Object.hasOwn(shapes, key)) add(key);
  return `{${parts.join(',')}}`;
}

/** A value as JSON; undefined for what JSON leaves out. */
function formatValue(key: string, value: unknown, { what, field }: Subject): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw metadataError(`${what} key ${JSON.stringify(key)} cannot be JSON: ${(cause as Error).message}`, field, cause);
  }
}

/** What Go's `omitempty` leaves out of such a value. */
function isEmpty(value: unknown, shape: Shape): boolean {
  switch (shape) {
    case 'text':
      return value === '';
    case 'number':
      return value === 0;
    case 'list':
      return Array.isArray(value) && value.length === 0;
    case 'object':
      return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
    default:
      return false;
  }
}

/** Drops nulls, as Go's reader does for pointers, maps and lists, and checks the known keys. */
function readObject(
  source: Readonly<Record<string, unknown>>,
  shapes: Readonly<Record<string, Shape>>,
  subject: Subject,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(source)) {
    const shape = Object.hasOwn(shapes, key) ? shapes[key] : 'any';
    if (value === null && (shape !== 'any' || key === 'custom')) continue;
    assertShape(key, value, shape, subject);
    assertDepth(key, value, subject);
    Object.defineProperty(result, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return result;
}

function assertShape(key: string, value: unknown, shape: Shape, subject: Subject): void {
  if (matches(value, shape)) return;
  const seen = formatValue(key, value, subject)?.slice(0, 60) ?? typeof value;
  throw metadataError(`${subject.what} key ${JSON.stringify(key)} holds ${seen}, expected ${EXPECTED[shape]}`, subject.field);
}

/** Levels of lists and objects in a value of config or meta; Go's own reader stops at ten thousand. */
const MAX_DEPTH = 1000;

/** Engines write JSON recursively: what is nested deeper than their stack could be read, but not be written again. */
function assertDepth(key: string, value: unknown, { what, field }: Subject): void {
  let level = [value].filter(isObject);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === MAX_DEPTH) throw metadataError(`${what} key ${JSON.stringify(key)} is nested more than ${MAX_DEPTH} levels deep`, field);
    level = level.flatMap((part) => Object.values(part).filter(isObject));
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function metadataError(reason: string, field?: string, cause?: unknown): FrameError {
  const options = cause === undefined ? undefined : { cause };
  return new FrameError('metadata_invalid', field === undefined ? { reason } : { reason, field }, options);
}

const EXPECTED: Record<Shape, string> = {
  text: 'text',
  flag: 'true or false',
  decimals: 'a whole number from 0 to 65535',
  limit: 'a number',
  number: 'a number',
  list: 'a list',
  object: 'an object',
  version: 'a list of numbers',
  any: 'anything',
};

function matches(value: unknown, shape: Shape): boolean {
  switch (shape) {
    case 'text':
      return typeof value === 'string';
    case 'flag':
      return typeof value === 'boolean';
    case 'decimals':
      return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65535;
    case 'limit':
    case 'number':
      return typeof value === 'number';
    case 'list':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && !Array.isArray(value);
    case 'version':
      return Array.isArray(value) && value.every((part) => Number.isInteger(part) && part >= 0);
    case 'any':
      return true;
    default:
      return shape satisfies never;
  }
}

function assertObject(value: unknown, facts: FrameErrorFacts): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new FrameError('metadata_invalid', facts);
  return value as Record<string, unknown>;
}
