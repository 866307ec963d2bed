import { ENTRY_OVERHEAD, type HeaderFields } from './hpack/index.ts';

/**
 * Header fields that recur in many blocks of one connection, with the block that they were encoded to.
 *
 * The block is valid for one epoch of the encoder's table. A template belongs to one connection.
 */
export class HeaderTemplate {
  readonly fields: HeaderFields;
  /** Whether the fields earn a place in the table. */
  readonly lasting: boolean;
  block: Buffer | undefined = undefined;
  epoch = -1;
  /** Size of the fields as RFC 9113 section 6.5.2 counts, or -1 before anybody asked. */
  listBytes = -1;
  /** Table epoch after the last uncached encoding. */
  triedEpoch = -1;

  constructor(fields: HeaderFields, options: { readonly lasting?: boolean } = {}) {
    this.fields = fields;
    this.lasting = options.lasting ?? true;
  }
}

/** Size of a header list as the peer's MAX_HEADER_LIST_SIZE counts it. */
export function listBytes(template: HeaderTemplate, extra: HeaderFields | undefined): number {
  if (template.listBytes < 0) template.listBytes = sumFields(template.fields);
  return extra === undefined ? template.listBytes : template.listBytes + sumFields(extra);
}

function sumFields(fields: HeaderFields): number {
  let bytes = (fields.length / 2) * ENTRY_OVERHEAD;
  for (const text of fields) bytes += text.length;
  return bytes;
}
