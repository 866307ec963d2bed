export { decodeArrow } from './decode-file.ts';
export { encodeArrow } from './encode-file.ts';
