// Labels, config and meta as JSON text: keys in the order in which Go writes them, empty values left out as Go
// leaves them out, unknown keys kept behind the known ones.
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

/** Labels as JSON, sorted by name. */
export function formatLabels(labels: Labels): string {
  return formatOnce(labels, formatSorted);
}

function formatSorted(labels: Labels): string {
  const names = Object.keys(labels).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(labels[name])}`).join(',')}}`;
}

/** Field config as JSON. */
export function formatConfig(config: FieldConfig): string {
  return formatOnce(config, (value) => formatObject(value, CONFIG_SHAPES));
}

/** Frame meta as JSON. */
export function formatMeta(meta: FrameMeta): string {
  return formatOnce(meta, (value) => formatObject(value, META_SHAPES));
}

/** Labels from decoded JSON; null is no labels. */
export function readLabels(value: unknown, field: string): Labels | undefined {
  if (value === null || value === undefined) return undefined;
  const labels = assertObject(value, { reason: 'labels are not an object', field });
  for (const [name, text] of Object.entries(labels))
    if (typeof text !== 'string') throw new FrameError('metadata_invalid', { reason: `label ${JSON.stringify(name)} is not text`, field });
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

function formatObject(value: object, shapes: Readonly<Record<string, Shape>>): string {
  const source = value as Readonly<Record<string, unknown>>;
  const ordered: Record<string, unknown> = {};
  for (const key in shapes) if (source[key] !== undefined && !isEmpty(source[key], shapes[key])) ordered[key] = source[key];
  for (const key of Object.keys(source)) if (!Object.hasOwn(shapes, key)) ordered[key] = source[key];
  return JSON.stringify(ordered);
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
  { what, field }: { what: string; field?: string },
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(source)) {
    const shape = Object.hasOwn(shapes, key) ? shapes[key] : 'any';
    if (value === null && (shape !== 'any' || key === 'custom')) continue;
    if (!matches(value, shape))
      throw new FrameError('metadata_invalid', {
        reason: `${what} key ${JSON.stringify(key)} holds ${JSON.stringify(value).slice(0, 60)}, expected ${EXPECTED[shape]}`,
        ...(field === undefined ? {} : { field }),
      });
    Object.defineProperty(result, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return result;
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
