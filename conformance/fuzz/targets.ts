import { arrowTargets, jsonTargets } from './frames.ts';
import type { FuzzTarget } from './fuzz.ts';
import { clientTarget } from './wire/client.ts';
import { serverTarget } from './wire/server.ts';

/** What `npm run fuzz -- NAME` can feed. */
export const TARGETS: Readonly<Record<string, () => FuzzTarget[] | Promise<FuzzTarget[]>>> = {
  frames: () => [...arrowTargets(), ...jsonTargets()],
  'frames-arrow': arrowTargets,
  'frames-json': jsonTargets,
  wire: async () => [await clientTarget(), await serverTarget()],
  'wire-client': async () => [await clientTarget()],
  'wire-server': async () => [await serverTarget()],
};
