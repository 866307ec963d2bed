import { randomBytes } from 'node:crypto';
import { type Config, Secret } from '../config/index.ts';
import { isServerError } from '../errors/index.ts';
import type { Users } from './users.ts';

/** The administrator that the first start made; `generatedPassword` is to be shown once and kept nowhere. */
export interface FirstAdmin {
  readonly login: string;
  readonly generatedPassword: Secret | undefined;
}

/**
 * Makes the administrator when there are no users yet; undefined when there are. Call it when nothing else can fail:
 * a generated password is told only once.
 */
export async function createFirstAdmin(users: Users, security: Config['security']): Promise<FirstAdmin | undefined> {
  if (security.disableInitialAdminCreation || !(await users.isEmpty())) return undefined;
  const { adminUser: login, adminEmail: email } = security;
  const generatedPassword = security.adminPassword === undefined ? new Secret(randomBytes(18).toString('base64url')) : undefined;
  const password = security.adminPassword ?? (generatedPassword as Secret);
  try {
    await users.create({ login, email, name: '', password, role: 'Admin', isServerAdmin: true });
  } catch (error) {
    if (isServerError(error, 'user_exists')) return undefined; // another server that starts on this data folder was faster
    throw error;
  }
  return { login, generatedPassword };
}
