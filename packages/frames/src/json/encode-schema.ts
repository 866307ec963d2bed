import { encodeText, type Field, type Frame, formatConfig, formatLabels, formatMeta, KIND_INFO, sharedSchema } from '../model/index.ts';

/** Which parts of frame JSON to write. */
export type FrameInclude = 'all' | 'schema' | 'data';

/** Frame JSON up to the first column, as bytes, and what they were made for beside the schema. */
interface Opening {
  readonly bytes: Uint8Array;
  readonly include: FrameInclude;
  readonly defaultRefId: string;
}

/** By what frames of one decoded schema share, because making the text takes as long as a hundred cells. */
const openings = new WeakMap<object, Opening>();

/**
 * Frame JSON up to the cells of the first column: `{"schema":{…},"data":{"values":[`. Of the schema alone, all of it.
 *
 * @param defaultRefId stands in when the frame has no refId
 */
export function encodeOpening(frame: Frame, include: FrameInclude, defaultRefId = ''): Uint8Array {
  const shared = sharedSchema(frame);
  const known = shared && openings.get(shared);
  if (known && known.include === include && known.defaultRefId === defaultRefId) return known.bytes;
  const bytes = encodeText(formatOpening(frame, include, defaultRefId));
  if (shared) openings.set(shared, { bytes, include, defaultRefId });
  return bytes;
}

function formatOpening(frame: Frame, include: FrameInclude, defaultRefId: string): string {
  if (include === 'data') return '{"data":{"values":[';
  const schema = `{"schema":${formatSchema(frame, defaultRefId)}`;
  return include === 'schema' ? `${schema}}` : `${schema},"data":{"values":[`;
}

/** The schema, keys in Go's order. */
function formatSchema({ name, refId, meta, fields }: Frame, defaultRefId: string): string {
  const id = refId || defaultRefId;
  return `{${name && `"name":${JSON.stringify(name)},`}${id && `"refId":${JSON.stringify(id)},`}${
    meta ? `"meta":${formatMeta(meta)},` : ''
  }"fields":[${fields.map(formatField).join(',')}]}`;
}

function formatField({ name, kind, nullable, labels, config }: Field): string {
  const { jsonType, frameType } = KIND_INFO[kind];
  return `{${name && `"name":${JSON.stringify(name)},`}"type":"${jsonType}","typeInfo":{"frame":"${frameType}"${
    nullable ? ',"nullable":true' : ''
  }}${labels ? `,"labels":${formatLabels(labels, name)}` : ''}${config ? `,"config":${formatConfig(config, name)}` : ''}}`;
}
