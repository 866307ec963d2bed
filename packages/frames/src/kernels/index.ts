export { BLOCK_BYTES, outBytes } from './block.ts';
export { SPECIAL, specials, writeCells, writeEntities, writeNanos, writeShortCells, writeShortNanos } from './column-cells.ts';
