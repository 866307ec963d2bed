export { type KeyRingOptions, openSecretBox, type Rotation, type RotationOptions, rotateMasterKey } from './key-ring.ts';
export { openSecrets, SecretBox, type Secrets, secretFields } from './secret-box.ts';
