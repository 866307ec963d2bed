// Slots and numbers of Arrow's flatbuffers schemas (format/File.fbs, Message.fbs, Schema.fbs), shared by reading and writing.
//
// | file                    | bytes             |
// |-------------------------|-------------------|
// | `ARROW1` and padding    | 8                 |
// | schema message          | 8 + metadata      |
// | record batch messages   | 8 + metadata + body, each |
// | end of stream           | 8: FFFFFFFF 00000000 |
// | Footer                  | any               |
// | size of the footer      | 4                 |
// | `ARROW1`                | 6                 |

/** First and last bytes of every file. */
export const MAGIC = Uint8Array.of(0x41, 0x52, 0x52, 0x4f, 0x57, 0x31);
/** Stands before the size of every message. */
export const CONTINUATION = 0xffffffff;
/** Metadata version 5. */
export const VERSION_5 = 4;
/** Bytes of a Block in the footer: int64 offset, int32 metadata length, 4 padding, int64 body length. */
export const BLOCK_BYTES = 24;
/** Bytes of a FieldNode (int64 length, int64 nulls) and of a Buffer (int64 offset, int64 length). */
export const PAIR_BYTES = 16;

export const FOOTER_SLOT = { version: 0, schema: 1, dictionaries: 2, batches: 3 } as const;
export const MESSAGE_SLOT = { version: 0, headerType: 1, header: 2, bodyLength: 3 } as const;
export const SCHEMA_SLOT = { endianness: 0, fields: 1, metadata: 2 } as const;
export const FIELD_SLOT = { name: 0, nullable: 1, typeType: 2, type: 3, dictionary: 4, children: 5, metadata: 6 } as const;
export const BATCH_SLOT = { length: 0, nodes: 1, buffers: 2, compression: 3, variadicCounts: 4 } as const;

export const HEADER_SCHEMA = 1;
export const HEADER_BATCH = 3;

export const ArrowType = { int: 2, floatingPoint: 3, binary: 4, utf8: 5, bool: 6, timestamp: 10, utf8View: 24 } as const;
export const PRECISION_SINGLE = 1;
export const PRECISION_DOUBLE = 2;
export const UNIT_NANOSECOND = 3;

/** Names of the type union, for errors. */
export const ARROW_TYPE_NAMES: Readonly<Record<number, string>> = {
  0: 'none',
  1: 'Null',
  7: 'Decimal',
  8: 'Date',
  9: 'Time',
  11: 'Interval',
  12: 'List',
  13: 'Struct',
  14: 'Union',
  15: 'FixedSizeBinary',
  16: 'FixedSizeList',
  17: 'Map',
  18: 'Duration',
  19: 'LargeBinary',
  20: 'LargeUtf8',
  21: 'LargeList',
  22: 'RunEndEncoded',
  23: 'BinaryView',
  25: 'ListView',
  26: 'LargeListView',
};
