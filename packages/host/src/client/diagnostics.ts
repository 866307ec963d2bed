import type * as pluginv2 from '@backplane/protocol/pluginv2';
import type { HealthResult } from './types.ts';

const noBytes = new Uint8Array(0);

/** What a plugin counts as that does not implement health checks. */
export const healthNotImplemented: HealthResult = { status: 'UNKNOWN', message: 'Health check not implemented', jsonDetails: noBytes };

/** What a plugin has that does not implement metrics. */
export const noMetrics = noBytes;

/** Numbers that we do not know are UNKNOWN. */
export function fromProtoHealth({ status, message, jsonDetails }: pluginv2.CheckHealthResponse): HealthResult {
  return { status: status === 1 ? 'OK' : status === 2 ? 'ERROR' : 'UNKNOWN', message, jsonDetails };
}
