import type { Terminal } from '../terminal/index.ts';
export const SERVE_HELP = 'draft';
export async function runServe(_a: string[], _t: Terminal): Promise<number> {
  return 1;
}
