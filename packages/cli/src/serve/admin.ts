import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type Config, type FirstAdmin, Secret } from '@backplane/server';

/** The administrator that a start would make, and the configuration that makes it. */
export interface AdminChoice {
  readonly config: Config;
  /** The password made for a first start; undefined when one is configured or the users are there already. */
  readonly generated: Secret | undefined;
}

/** How to sign in, for the banner. */
export interface SignIn {
  readonly login: string;
  /** What curl's `-u` takes; without a password curl asks for it. */
  readonly curlUser: string;
  readonly lines: readonly string[];
}

/**
 * Makes the password of a first start here rather than in the server: when the start fails after it was stored,
 * it can still be told.
 */
export function chooseAdmin(config: Config): AdminChoice {
  const { security, database } = config;
  if (security.adminPassword !== undefined || security.disableInitialAdminCreation || existsSync(database.path))
    return { config, generated: undefined };
  const generated = new Secret(randomBytes(18).toString('base64url'));
  return { config: { ...config, security: { ...security, adminPassword: generated } }, generated };
}

/** What a failed first start owes the user; empty when there is nothing to tell. */
export function describeLostPassword({ config, generated }: AdminChoice): string {
  if (generated === undefined || !existsSync(config.database.path)) return '';
  const { adminUser } = config.security;
  return `The user ${adminUser} may have been made before the start failed; its password is ${generated.open()} and is not shown again.\n`;
}

/** Tells the password when it was made just now, and what to do when it was made before. */
export function describeSignIn(
  { config, generated }: AdminChoice,
  firstAdmin: FirstAdmin | undefined,
  env: Readonly<Record<string, string | undefined>>,
): SignIn {
  const login = firstAdmin?.login ?? config.security.adminUser;
  const password = firstAdmin === undefined ? undefined : (generated ?? firstAdmin.generatedPassword);
  if (password !== undefined)
    return {
      login,
      curlUser: `${login}:${password.open()}`,
      lines: [`user      ${login}`, `password  ${password.open()}   (made now; keep it, it is not shown again)`],
    };
  if (firstAdmin !== undefined) {
    const variable = 'GF_SECURITY_ADMIN_PASSWORD';
    const fromEnvironment = env[variable] !== undefined && env[variable] !== '';
    return {
      login,
      curlUser: fromEnvironment ? `${login}:$${variable}` : login,
      lines: [`user      ${login}`, `password  as configured${fromEnvironment ? ` in ${variable}` : ''}`],
    };
  }
  return {
    login,
    curlUser: login,
    lines: [
      `user      ${login}`,
      `password  the one of the first start (curl asks for it); if it is lost, stop, delete ${config.database.path}`,
      '          and start again: a new one is made, and users and data sources added since are gone',
    ],
  };
}
