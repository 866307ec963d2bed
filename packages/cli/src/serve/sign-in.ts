import type { Config, FirstAdmin } from '@backplane/server';

/** How to sign in, for the banner. */
export interface SignIn {
  /** What curl's `-u` takes; without a password curl asks for it. */
  readonly curlUser: string;
  readonly lines: readonly string[];
}

const PASSWORD_VARIABLE = 'GF_SECURITY_ADMIN_PASSWORD';

/**
 * Tells the password when it was made just now, and what to do when it was made before.
 *
 * @param firstAdmin set by the first start alone
 */
export function describeSignIn(
  config: Config,
  firstAdmin: FirstAdmin | undefined,
  env: Readonly<Record<string, string | undefined>>,
): SignIn {
  const login = firstAdmin?.login ?? config.security.adminUser;
  const user = `user      ${login}`;
  if (firstAdmin === undefined) {
    const lost = `if it is lost, stop, delete ${config.database.path}`;
    return {
      curlUser: login,
      lines: [
        user,
        `password  the one of the first start (curl asks for it); ${lost}`,
        '          and start again: a new one is made, and users and data sources added since are gone',
      ],
    };
  }
  const password = firstAdmin.generatedPassword?.open();
  if (password !== undefined)
    return { curlUser: `${login}:${password}`, lines: [user, `password  ${password}   (made now; keep it, it is not shown again)`] };
  const fromEnvironment = env[PASSWORD_VARIABLE] !== undefined && env[PASSWORD_VARIABLE] !== '';
  return {
    curlUser: fromEnvironment ? `${login}:$${PASSWORD_VARIABLE}` : login,
    lines: [user, `password  as configured${fromEnvironment ? ` in ${PASSWORD_VARIABLE}` : ''}`],
  };
}
