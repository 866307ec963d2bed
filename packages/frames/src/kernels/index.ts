export { BLOCK_BYTES, outBytes } from './block.ts';
export { SPECIAL, writeCells, writeEntities, writeNanos } from './column-cells.ts';
