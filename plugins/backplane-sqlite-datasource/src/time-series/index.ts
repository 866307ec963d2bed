export { fillGaps } from './fill.ts';
export { pivotToWide } from './pivot.ts';
export { toMultiFrames, toWideFrame } from './to-frames.ts';
