import { Frame, frameToJson } from '@backplane/frames';
import type { StreamItem } from './types.ts';

/** Packs what a stream yields into packets, each one JSON document. */
export function createPacker(): (item: StreamItem) => Uint8Array {
  let schemaBefore: string | undefined;
  return (item) => {
    if (!(item instanceof Frame)) return encodeItem(item);
    const schema = frameToJson(item, { include: 'schema' });
    const isKnown = schema === schemaBefore;
    schemaBefore = schema;
    // Subscribers keep the schema: it is sent once and whenever it changes.
    return Buffer.from(frameToJson(item, { include: isKnown ? 'data' : 'all' }));
  };
}

/** One frame with its schema, or any JSON. */
export function encodeItem(item: StreamItem): Uint8Array {
  if (item instanceof Frame) return Buffer.from(frameToJson(item));
  const text = JSON.stringify(item);
  if (text === undefined) throw new TypeError('a stream can send frames and JSON; this is neither');
  return Buffer.from(text);
}
