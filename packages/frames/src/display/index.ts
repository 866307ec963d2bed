export { type DateOptions, formatNanos } from './dates.ts';
export {
  type CellFormatOptions,
  type CellFormatter,
  createCellFormatter,
  formatCell,
  formatFieldName,
} from './format-cell.ts';
export { type CsvOptions, formatCsv, type TimeStyle } from './format-csv.ts';
export { formatFrameTable, type TableOptions } from './format-table.ts';
export { type JsonRowsOptions, toJsonRows } from './json-rows.ts';
export { findMapping } from './mappings.ts';
