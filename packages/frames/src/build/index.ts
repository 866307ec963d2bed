export { int64, uint64 } from './big-integers.ts';
export { bool } from './bools.ts';
export { buildColumn } from './column.ts';
export type { Cells, ColumnInput, ColumnOptions } from './column-options.ts';
export { type FrameColumns, field, frame } from './frame.ts';
export { enumeration, float32, float64, int8, int16, int32, uint8, uint16, uint32 } from './numbers.ts';
export { frameFromRows, type RowColumn, type RowsOptions } from './rows.ts';
export { type JsonOptions, json, utf8 } from './texts.ts';
export { time } from './times.ts';
