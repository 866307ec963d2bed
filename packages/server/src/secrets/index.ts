export { loadMasterKey } from './master-key.ts';
export { openSecrets, SecretBox, type Secrets, secretFields } from './secret-box.ts';
