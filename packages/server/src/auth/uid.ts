import { randomBytes } from 'node:crypto';

const letters = 'abcdefghijklmnopqrstuvwxyz';
const alphabet = `${letters}0123456789`;

/** Fourteen small letters and digits, a letter first: the form of uids that Grafana makes. */
export function createUid(): string {
  return Array.from(randomBytes(14), (byte, index) => (index === 0 ? letters[byte % 26] : alphabet[byte % 36])).join('');
}
