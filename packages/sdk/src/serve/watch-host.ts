const intervalMs = 500;

/** What watching needs; the process' own by default. */
export interface WatchHostOptions {
  readonly parentPid?: () => number;
  readonly isAlive?: (pid: number) => boolean;
  readonly signal: AbortSignal;
  readonly onGone: () => void;
}

/**
 * Tells when the process that started this one is gone: it has another parent then, or, on Windows, its parent's pid is free.
 *
 * A killed host cannot tell its plugins to stop, and nothing else would.
 */
export function watchHost({ parentPid = () => process.ppid, isAlive = pidExists, signal, onGone }: WatchHostOptions): void {
  const host = parentPid();
  const timer = setInterval(() => {
    if (parentPid() === host && isAlive(host)) return;
    clearInterval(timer);
    onGone();
  }, intervalMs);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

function pidExists(pid: number): boolean {
  // 0 stands for a parent outside of this container.
  if (pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
