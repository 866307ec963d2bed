export { type ArrowBatchesOptions, decodeArrowBatches } from './decode-batches.ts';
export { decodeArrow } from './decode-file.ts';
export { type ArrowStreamOptions, decodeArrowStream } from './decode-stream.ts';
export { encodeArrowBatches } from './encode-batches.ts';
export { encodeArrow, encodeArrowParts } from './encode-file.ts';
export { encodeArrowStream } from './encode-stream.ts';
