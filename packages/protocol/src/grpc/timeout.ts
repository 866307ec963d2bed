const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };
/** Node's timers take no more. */
const LONGEST_TIMER_MS = 0x7fffffff;

/** Reads `grpc-timeout`: at most eight digits and a unit. Undefined when it is malformed. */
export function parseTimeout(text: string): number | undefined {
  const unitMs = UNIT_MS[text.slice(-1)];
  return unitMs !== undefined && /^\d{1,8}.$/.test(text) ? Number(text.slice(0, -1)) * unitMs : undefined;
}

/** Writes `grpc-timeout` in the finest unit that eight digits hold, rounded up. */
export function formatTimeout(timeoutMs: number): string {
  if (timeoutMs <= 0) return '1n';
  if (timeoutMs < 99_999) return `${Math.ceil(timeoutMs * 1000)}u`;
  if (timeoutMs < 99_999_999) return `${Math.ceil(timeoutMs)}m`;
  return `${Math.min(99_999_999, Math.ceil(timeoutMs / 1000))}S`;
}

/** A timer for a deadline; one beyond what timers take (24 days) is left to the other side. */
export function startDeadline(timeoutMs: number, onExpired: () => void): NodeJS.Timeout | undefined {
  return timeoutMs > LONGEST_TIMER_MS ? undefined : setTimeout(onExpired, timeoutMs);
}
