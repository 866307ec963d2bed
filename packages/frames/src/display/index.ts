export { formatFrameTable, type TableOptions } from './format-table.ts';
