export { ProvisionedEntry } from './entry.ts';
export { expandProvisioned } from './expand-values.ts';
export { type ProvisioningFile, readProvisioningFiles } from './read-files.ts';
