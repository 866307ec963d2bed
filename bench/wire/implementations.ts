import type { WireModule } from './types.ts';

/** Both ends of each implementation, loaded when it is asked for, so that nobody pays for another's modules. */
export const IMPLEMENTATIONS: Readonly<Record<string, () => Promise<WireModule>>> = {
  ours: async () => (await import('./ours.ts')).ours,
  http2: async () => (await import('./http2.ts')).http2,
  grpcjs: async () => (await import('./grpcjs.ts')).grpcjs,
  bare: async () => (await import('./bare.ts')).bare,
};

/** @throws Error when there is none of that name */
export function loadImplementation(name: string | undefined): Promise<WireModule> {
  const load = IMPLEMENTATIONS[name ?? ''];
  if (load === undefined) throw new Error(`${name} is none of ${Object.keys(IMPLEMENTATIONS).join(', ')}`);
  return load();
}
