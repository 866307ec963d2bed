export { Authenticator, type AuthenticatorOptions, type Credentials, parseBasic } from './authenticator.ts';
export { createIdTokens, type IdTokens, type IdTokensOptions } from './id-token.ts';
export { type Identity, ORG_ROLES, type OrgRole } from './identity.ts';
export { LoginAttempts, type LoginAttemptsOptions } from './login-attempts.ts';
export { createPasswords, type Passwords, type PasswordsOptions } from './password.ts';
export { ACTIONS, type Action, dataSourceAccess, hasRole, isAllowed } from './permissions.ts';
export { createUid, type FirstAdmin, type NewUser, type UserAccount, Users } from './users.ts';
