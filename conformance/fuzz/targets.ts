import { arrowTargets, jsonTargets } from './frames.ts';
import type { FuzzTarget } from './fuzz.ts';

/** What `npm run fuzz -- NAME` can feed. */
export const TARGETS: Readonly<Record<string, () => FuzzTarget[]>> = {
  frames: () => [...arrowTargets(), ...jsonTargets()],
  'frames-arrow': arrowTargets,
  'frames-json': jsonTargets,
};
