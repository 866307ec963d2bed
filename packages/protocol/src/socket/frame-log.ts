import { openSync, writeSync } from 'node:fs';
import { FrameLog, type Http2Connection } from '../http2/index.ts';

/**
 * Names where frames are logged: `stderr`, or a file that is appended to. Unset or empty: nowhere.
 *
 * It is read once in the life of a process, when its first connection is made.
 */
export const FRAME_LOG_VARIABLE = 'BACKPLANE_FRAME_LOG';

const STDERR = 2;
/** File descriptor of the log; undefined before the variable was read; -1 without a log. */
let destination: number | undefined;
let connections = 0;

/** Logs the frames of a new connection when the environment asks for it. Otherwise it costs nothing later. */
export function logFrames(connection: Http2Connection): void {
  destination ??= openDestination(process.env[FRAME_LOG_VARIABLE] ?? '');
  if (destination < 0) return;
  const name = `${process.pid}.${++connections} ${connection.role}`;
  connection.tap = new FrameLog(connection.role, name, (lines) => writeLines(lines));
}

function openDestination(where: string): number {
  if (where === '') return -1;
  if (where === 'stderr') return STDERR;
  try {
    return openSync(where, 'a');
  } catch (error) {
    process.emitWarning(`${FRAME_LOG_VARIABLE}: ${(error as Error).message}; frames are not logged`);
    return -1;
  }
}

/** At once, so that the last frames before a crash are there; a log that cannot be written ends and says so. */
function writeLines(lines: string): void {
  if (destination === undefined || destination < 0) return;
  const time = new Date().toISOString();
  try {
    writeSync(destination, lines.replace(/^(?=.)/gm, `${time} `));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return; // a full pipe: the log has gaps rather than the process
    destination = -1;
    process.emitWarning(`${FRAME_LOG_VARIABLE}: ${(error as Error).message}; frames are no longer logged`);
  }
}
