import type { HeaderFields } from './hpack/index.ts';

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
  /** Table epoch after the last uncached encoding. */
  triedEpoch = -1;

  constructor(fields: HeaderFields, options: { readonly lasting?: boolean } = {}) {
    this.fields = fields;
    this.lasting = options.lasting ?? true;
  }
}
