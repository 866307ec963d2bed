export { BACKUP_HELP, runBackup } from './backup.ts';
export { ROTATE_KEY_HELP, runRotateKey } from './rotate-key.ts';
