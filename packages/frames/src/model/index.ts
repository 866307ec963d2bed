export { assertIntact } from './assert-intact.ts';
export { type CellReader, type CellValue, createCellReader } from './cell.ts';
export {
  allSet,
  assertTextBytes,
  bitAt,
  type Column,
  copyBits,
  countBits,
  countNulls,
  emptyColumn,
  isNull,
  offsetsError,
  offsetsView,
  viewBytes,
} from './column.ts';
export { compareText } from './compare-text.ts';
export { Field, type FieldOptions, floorToMillis, type Labels, millisToNanos } from './field.ts';
export type {
  DataLink,
  FieldConfig,
  FieldTypeConfig,
  InternalDataLink,
  ThresholdsConfig,
  ValueMapping,
  ValueMappingResult,
} from './field-config.ts';
export { shortestFloat32 } from './float32.ts';
export { Frame, type FrameOptions, sharedSchema, shareSchema } from './frame.ts';
export { FRAME_ERROR_CODES, FrameError, type FrameErrorCode, type FrameErrorFacts, quoteName, withFacts } from './frame-error.ts';
export { FRAME_TYPE_VERSIONS, type FrameMeta, type FrameMetaInput, type FrameType, type Notice } from './frame-meta.ts';
export { freezeMetadata } from './frozen-metadata.ts';
export { joinColumns } from './join-columns.ts';
export { keepShape } from './keep-shape.ts';
export { FIELD_KINDS, type FieldKind, isNumberKind, isVariableKind, KIND_INFO, type KindInfo } from './kind.ts';
export { formatConfig, formatLabels, formatMeta, readConfig, readLabels, readMeta } from './metadata.ts';
export { decodeText, encodeText } from './text.ts';
