export { fillGaps } from './fill.ts';
export { pivotToWide, type WideSeries } from './pivot.ts';
export { toMultiFrames, toWideFrame } from './to-frames.ts';
