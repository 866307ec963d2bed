import type { SamplerSettings } from './otlp-settings.ts';

/** True when a trace that begins here is to be kept. */
export type Sampler = (traceId: string) => boolean;

/** Makes a sampler; a share of traces is chosen by their ids, as Go's OpenTelemetry does, so that all services choose alike. */
export function createSampler(settings: SamplerSettings, now: () => number = () => performance.now()): Sampler {
  if (settings.kind === 'rateLimiting') return createRateLimit(settings.perSecond, now);
  const { kind, param } = settings;
  if (kind === 'const' || param >= 1) return () => param >= 1;
  if (!(param > 0)) return () => false;
  const bound = BigInt(Math.floor(param * 2 ** 63));
  return (traceId) => BigInt(`0x${traceId.slice(16)}`) >> 1n < bound;
}

/** A bucket that fills by so many a second, and holds as many, at least one. */
function createRateLimit(perSecond: number, now: () => number): Sampler {
  const most = Math.max(1, perSecond);
  let left = most;
  let filledAtMs = now();
  return () => {
    const atMs = now();
    left = Math.min(most, left + ((atMs - filledAtMs) / 1000) * perSecond);
    filledAtMs = atMs;
    if (left < 1) return false;
    left--;
    return true;
  };
}
