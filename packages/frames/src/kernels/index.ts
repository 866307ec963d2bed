export { BLOCK_BYTES, BLOCK_ROWS, outBytes } from './block.ts';
export { type CellsWritten, SPECIAL, writeCells, writeEntities, writeNanos } from './column-cells.ts';
