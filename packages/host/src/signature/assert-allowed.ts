import { HostError } from '../errors/index.ts';
import type { PluginSignature, SignaturePolicy } from './types.ts';

/**
 * Refuses a plugin that the policy does not let in: an unsigned one unless it is listed, a modified or invalid one always.
 *
 * @throws HostError `signature_missing`, `signature_modified`, `signature_invalid`
 */
export function assertAllowed(pluginId: string, folder: string, signature: PluginSignature, { allowUnsigned }: SignaturePolicy): void {
  switch (signature.state) {
    case 'unsigned':
      if (allowUnsigned === true || (Array.isArray(allowUnsigned) && allowUnsigned.includes(pluginId))) return;
      throw new HostError('signature_missing', { pluginId, folder, reason: signature.reason });
    case 'modified':
      throw new HostError('signature_modified', { pluginId, folder, reason: signature.reason });
    case 'invalid':
      throw new HostError('signature_invalid', { pluginId, folder, reason: signature.reason });
    case 'unchecked':
    case 'internal':
    case 'valid':
    case 'unverified':
      return;
  }
}
