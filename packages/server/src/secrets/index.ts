export { openSecretBox, type Rotation, rotateMasterKey } from './key-ring.ts';
export { openSecrets, SecretBox, type Secrets, secretFields } from './secret-box.ts';
