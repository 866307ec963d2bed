export { sendSignal } from './process-table.ts';
export { RunFolder, type RunSlot } from './run-folder.ts';
export { sweepRunRoot } from './sweep.ts';
