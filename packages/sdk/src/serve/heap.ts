import { setFlagsFromString } from 'node:v8';

/** The first V8 whose flag this was tried with; older ones print an error for a flag that they do not know. */
const FIRST_V8 = 14;

/**
 * Lets V8 count the memory of buffers together with its heap when it decides whether to collect garbage.
 *
 * By itself it collects the whole heap for every 64 MB of new buffers, however big the heap is. The frames of a reply
 * are buffers, and the cells that they are made of are the heap: marking a million rows of cells costs more than writing
 * them. In exchange a plugin that makes such replies keeps more garbage between two collections, within the limit of its
 * heap (`--max-old-space-size`), which then holds for buffers too.
 */
export function countBuffersAsHeap(): void {
  if (Number.parseInt(process.versions.v8, 10) >= FIRST_V8) setFlagsFromString('--external-memory-accounted-in-global-limit');
}
