export type { Cells, CellValues, SqliteValue } from './cells.ts';
export { ColumnCollector } from './column-collector.ts';
export { type ColumnDescription, inferCells } from './infer.ts';
export { pickRows } from './pick-rows.ts';
export { toField } from './to-field.ts';
