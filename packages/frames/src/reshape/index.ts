export { appendRows, concatFrames } from './concat.ts';
export type { FillMode, WideOptions } from './fill.ts';
export { longToWide } from './long-to-wide.ts';
export { longToMulti, type MultiOptions, multiToWide, wideToMulti } from './multi.ts';
export { type Downsampler, type ResampleOptions, resample, type Upsampler } from './resample.ts';
export { type SortKey, sortFrame } from './sort.ts';
export { type LongOptions, wideToLong } from './wide-to-long.ts';
