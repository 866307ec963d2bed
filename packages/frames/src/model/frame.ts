import type { Field } from './field.ts';
import { FrameError } from './frame-error.ts';
import { completeMeta, FRAME_TYPE_VERSIONS, type FrameMeta, type FrameMetaInput, type FrameType, type Notice } from './frame-meta.ts';
import { keepShape } from './keep-shape.ts';

/** What a frame may carry besides its fields. */
export interface FrameOptions {
  /** The query that the frame answers; filled in by the host when empty. */
  readonly refId?: string | undefined;
  readonly meta?: FrameMetaInput | undefined;
}

/** Marks a frame as one of several that were decoded from the same schema, and returns it. */
export let shareSchema: (frame: Frame, schema: object) => Frame;
/** What all frames of one decoded schema have in common, and no other frame: texts made of a schema are kept by it. */
export let sharedSchema: (frame: Frame) => object | undefined;

/** A table of values: fields of equal length, a name, and what is known about them. */
export class Frame {
  readonly name: string;
  readonly refId: string;
  readonly meta: FrameMeta | undefined;
  readonly fields: readonly Field[];
  /** Number of rows. */
  readonly length: number;
  #schema: object | undefined;

  static {
    shareSchema = (frame, schema) => {
      frame.#schema = schema;
      return frame;
    };
    sharedSchema = (frame) => frame.#schema;
  }

  /** @throws FrameError `frame_uneven` when the fields differ in length */
  constructor(name: string, fields: readonly Field[], { refId = '', meta }: FrameOptions = {}) {
    this.name = name;
    this.refId = refId;
    this.meta = meta && completeMeta(meta);
    this.fields = fields;
    this.length = fields.length === 0 ? 0 : fields[0].length;
    for (const field of fields) if (field.length !== this.length) throw unevenError(fields[0], field);
  }

  /** The first field of that name. */
  field(name: string): Field | undefined {
    return this.fields.find((field) => field.name === name);
  }

  /** The same frame, said to follow a structure of the data plane contract, by default in its newest version. */
  as(type: FrameType, typeVersion: readonly [number, number] = FRAME_TYPE_VERSIONS[type]): Frame {
    return this.with({ meta: { ...this.meta, type, typeVersion } });
  }

  /** The same frame with one more remark for the reader. */
  withNotice(notice: Notice): Frame {
    return this.with({ meta: { ...this.meta, notices: [...(this.meta?.notices ?? []), notice] } });
  }

  /** The same fields under another name, refId or meta; what is given as undefined is taken away. */
  with(changes: FrameOptions & { readonly name?: string }): Frame {
    return new Frame(changes.name ?? this.name, this.fields, { refId: this.refId, meta: this.meta, ...changes });
  }

  /**
   * The rows from `start` up to, not including, `end`, as views on the same bytes. Rows beyond the frame are none;
   * unlike in arrays, a number below 0 does not count from the end.
   */
  slice(start: number, end: number = this.length): Frame {
    return new Frame(
      this.name,
      this.fields.map((field) => field.slice(start, end)),
      this,
    );
  }
}

keepShape(new Frame('', []));

function unevenError(first: Field, other: Field): FrameError {
  return new FrameError('frame_uneven', {
    reason: `${JSON.stringify(first.name)} has ${first.length} rows, ${JSON.stringify(other.name)} has ${other.length}`,
    field: other.name,
    hint: 'give every field the same number of rows, or put them in separate frames',
  });
}
