export { BLOCK_BYTES, filled, outBytes } from './block.ts';
export { SPECIAL, specials, writeCells, writeEntities, writeNanos, writeShortCells, writeShortNanos } from './column-cells.ts';
