/** Every way a frame can be wrong; `docs/errors.md` explains each. */
export const FRAME_ERROR_CODES = [
  'frame_uneven',
  'cell_invalid',
  'column_too_large',
  'frame_too_large',
  'field_unknown',
  'fields_mismatch',
  'series_expected',
  'series_unsorted',
  'series_time_null',
  'resample_range',
  'resample_rule',
  'arrow_truncated',
  'arrow_invalid',
  'arrow_unsupported',
  'arrow_too_large',
  'metadata_invalid',
  'json_syntax',
  'json_shape',
  'json_value',
  'dataplane_invalid',
  'dataplane_unreadable',
] as const;

/** Closed list of what can be wrong with a frame. */
export type FrameErrorCode = (typeof FRAME_ERROR_CODES)[number];

/** What was seen, for logs and tests; the message is made of it. */
export interface FrameErrorFacts {
  /** What is wrong, in words. */
  readonly reason: string;
  /** Name of the field, when one field is to blame. */
  readonly field?: string;
  /** Row in that field, counted from 0. */
  readonly row?: number;
  /** What to do about it. */
  readonly hint?: string;
}

const SUBJECTS: Record<FrameErrorCode, string> = {
  frame_uneven: 'the fields of the frame differ in length',
  cell_invalid: 'a value does not fit its column',
  column_too_large: 'a column is too large',
  frame_too_large: 'the frame would be too large',
  field_unknown: 'there is no such field',
  fields_mismatch: 'fields do not go together',
  series_expected: 'the frame is not the series it should be',
  series_unsorted: 'the series is not sorted by time',
  series_time_null: 'a time is null',
  resample_range: 'the range cannot be resampled',
  resample_rule: 'a rule of resampling is not known',
  arrow_truncated: 'the Arrow data is truncated',
  arrow_invalid: 'the Arrow data is invalid',
  arrow_unsupported: 'the Arrow data holds what Grafana frames cannot',
  arrow_too_large: 'the Arrow data is too large',
  metadata_invalid: 'the frame has invalid metadata',
  json_syntax: 'the frame is not JSON',
  json_shape: 'the JSON is not a frame',
  json_value: 'a JSON value does not fit its field',
  dataplane_invalid: 'the frames break the rules of the type that they say',
  dataplane_unreadable: 'the frames cannot be read as series or numbers',
};

/** A frame, or bytes that should have been one, broke a rule; `code` says which, `facts` where. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly code: FrameErrorCode;
  readonly facts: FrameErrorFacts;

  constructor(code: FrameErrorCode, facts: FrameErrorFacts, options?: ErrorOptions) {
    super(describe(code, facts), options);
    this.code = code;
    this.facts = facts;
  }
}

function describe(code: FrameErrorCode, { reason, field, row, hint }: FrameErrorFacts): string {
  const where = `${field === undefined ? '' : ` (field ${quoteName(field)})`}${row === undefined ? '' : ` (row ${row})`}`;
  return `${SUBJECTS[code]}${where}: ${cutText(reason)}${hint === undefined ? '' : `; ${cutText(hint)}`}`;
}

/** A name in quotes, cut where nobody would read on: names come from strangers, messages go to logs. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}

/** Text of a message, cut where nobody would read on. */
export function cutText(text: string): string {
  return text.length > 1000 ? `${text.slice(0, 1000)}…` : text;
}

/** Runs something, and adds what the caller knows, such as the field, to the facts of a FrameError. */
export function withFacts<T>(facts: Partial<FrameErrorFacts>, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof FrameError)) throw cause;
    throw new FrameError(cause.code, { ...cause.facts, ...facts }, { cause });
  }
}
