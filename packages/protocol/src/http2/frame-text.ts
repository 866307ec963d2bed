import { Flag, FrameType, http2CodeName, Setting } from './constants.ts';
import { type HeaderFields, HpackDecoder } from './hpack/index.ts';

/** The nine octets before a payload. */
export interface FrameHead {
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
}

const TYPE_NAMES = namesOf(FrameType);
const SETTING_NAMES = namesOf(Setting);
/** Fields whose values are told. Of all others only the length is: metadata may hold secrets. */
const PUBLIC_FIELDS = new Set([
  ...[':method', ':scheme', ':path', ':authority', ':status', 'content-type', 'user-agent', 'te'],
  ...['grpc-status', 'grpc-message', 'grpc-timeout', 'grpc-encoding', 'grpc-accept-encoding'],
]);
const MOST_VALUE_CHARACTERS = 200;
const MOST_LIST_BYTES = 1 << 20;

/** Text of the frames of one direction, in their order: header blocks only make sense after all those before them. */
export class FrameText {
  readonly #decoder = new HpackDecoder(4096, MOST_LIST_BYTES);
  #block: Buffer[] = [];

  /** @param payload empty for DATA */
  format(head: FrameHead, payload: Buffer): string {
    const name = TYPE_NAMES.get(head.type) ?? `TYPE_${head.type}`;
    const parts = [name, `stream=${head.streamId}`, `length=${head.length}`, ...flagNames(head), ...this.#details(head, payload)];
    return parts.join(' ');
  }

  #details(head: FrameHead, payload: Buffer): string[] {
    switch (head.type) {
      case FrameType.headers:
      case FrameType.continuation:
        this.#block.push(head.type === FrameType.headers ? withoutPadding(head.flags, payload) : payload);
        return head.flags & Flag.endHeaders ? this.#fields() : [];
      case FrameType.settings:
        return settingTexts(payload);
      case FrameType.windowUpdate:
        return payload.length === 4 ? [`increment=${payload.readUInt32BE() & 0x7fffffff}`] : [];
      case FrameType.rstStream:
        return payload.length === 4 ? [`code=${codeName(payload.readUInt32BE())}`] : [];
      case FrameType.goaway:
        return payload.length >= 8 ? goawayTexts(payload) : [];
      default:
        return [];
    }
  }

  #fields(): string[] {
    const block = Buffer.concat(this.#block);
    this.#block = [];
    try {
      const fields = this.#decoder.decode(block, 0, block.length);
      return fields === undefined ? ['(too many fields)'] : fieldTexts(fields);
    } catch (error) {
      return [`(${(error as Error).message})`];
    }
  }
}

function flagNames({ type, flags }: FrameHead): string[] {
  const names: string[] = [];
  const hasAck = type === FrameType.settings || type === FrameType.ping;
  if (flags & Flag.endStream) names.push(hasAck ? 'ACK' : 'END_STREAM');
  if (flags & Flag.endHeaders) names.push('END_HEADERS');
  if (flags & Flag.padded) names.push('PADDED');
  if (flags & Flag.priority) names.push('PRIORITY');
  return names;
}

function withoutPadding(flags: number, payload: Buffer): Buffer {
  const padded = (flags & Flag.padded) !== 0 && payload.length > 0;
  const start = (padded ? 1 : 0) + (flags & Flag.priority ? 5 : 0);
  return payload.subarray(start, payload.length - (padded ? payload[0] : 0));
}

function settingTexts(payload: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at + 6 <= payload.length; at += 6) {
    const identifier = payload.readUInt16BE(at);
    texts.push(`${SETTING_NAMES.get(identifier) ?? `SETTING_${identifier}`}=${payload.readUInt32BE(at + 2)}`);
  }
  return texts;
}

function goawayTexts(payload: Buffer): string[] {
  const texts = [`last=${payload.readUInt32BE() & 0x7fffffff}`, `code=${codeName(payload.readUInt32BE(4))}`];
  return payload.length === 8 ? texts : [...texts, `debug=${JSON.stringify(cut(payload.toString('utf8', 8)))}`];
}

function fieldTexts(fields: HeaderFields): string[] {
  const texts: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [fields[i], fields[i + 1]];
    texts.push(PUBLIC_FIELDS.has(name) ? `${name}=${quote(cut(value))}` : `${quote(cut(name))}=(${value.length})`);
  }
  return texts;
}

/** Plain when it can be read without quotes, so that a line stays a line. */
const quote = (text: string) => (/^[!#-~]*$/.test(text) ? text : JSON.stringify(text));
const cut = (text: string) => (text.length > MOST_VALUE_CHARACTERS ? `${text.slice(0, MOST_VALUE_CHARACTERS)}…` : text);
const codeName = (code: number) => http2CodeName(code).replaceAll(' ', '_');

function namesOf(table: Readonly<Record<string, number>>): Map<number, string> {
  return new Map(Object.entries(table).map(([name, number]) => [number, name.replace(/[A-Z]/g, '_$&').toUpperCase()]));
}
