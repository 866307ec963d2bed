import type { Frame, FrameMeta } from '../model/index.ts';

/** Meta with the notices of all frames. */
export function joinNotices(meta: FrameMeta | undefined, frames: readonly Frame[]): FrameMeta | undefined {
  const notices = frames.flatMap((frame) => frame.meta?.notices ?? []);
  return notices.length === 0 ? meta : { typeVersion: [0, 0], ...meta, notices };
}
