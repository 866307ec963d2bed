import { type Field, type Frame, formatConfig, formatLabels, formatMeta, KIND_INFO } from '../model/index.ts';

/** The schema part of frame JSON, keys in Go's order; `refId` stands in when the frame has none. */
export function encodeSchema({ name, refId, meta, fields }: Frame, defaultRefId = ''): string {
  const id = refId || defaultRefId;
  return `{${name && `"name":${JSON.stringify(name)},`}${id && `"refId":${JSON.stringify(id)},`}${
    meta ? `"meta":${formatMeta(meta)},` : ''
  }"fields":[${fields.map(encodeField).join(',')}]}`;
}

function encodeField({ name, kind, nullable, labels, config }: Field): string {
  const { jsonType, frameType } = KIND_INFO[kind];
  return `{${name && `"name":${JSON.stringify(name)},`}"type":"${jsonType}","typeInfo":{"frame":"${frameType}"${
    nullable ? ',"nullable":true' : ''
  }}${labels ? `,"labels":${formatLabels(labels)}` : ''}${config ? `,"config":${formatConfig(config)}` : ''}}`;
}
