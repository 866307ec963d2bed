export { Authenticator, parseBasic } from './authenticator.ts';
export { createIdTokens, type IdTokens } from './id-token.ts';
export { type Identity, ORG_ROLES, type OrgRole } from './identity.ts';
export { LoginAttempts } from './login-attempts.ts';
export { createPasswords } from './password.ts';
export { type Action, dataSourceAccess, hasRole, isAllowed } from './permissions.ts';
export { createUid, type FirstAdmin, Users } from './users.ts';
