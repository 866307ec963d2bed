export type { Cells, SqliteValue } from './cells.ts';
export { ColumnCollector } from './column-collector.ts';
export { inferCells } from './infer.ts';
export { pickRows } from './pick-rows.ts';
export { toField } from './to-field.ts';
