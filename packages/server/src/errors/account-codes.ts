import { coded, early, plain, type ServerErrorRow, traced, unauthorized } from './reply-shapes.ts';

/** Codes about who asks, users, organisations and service accounts. */
export const ACCOUNT_ERROR_CODES = {
  // Who asks
  login_busy: {
    fault: 'host',
    description: 'Too many logins wait to be checked, in all or from one address.',
    reply: coded(429, 'auth.loginBusy', 'Too many logins at a time. Please try again'),
  },
  api_key_invalid: {
    fault: 'caller',
    description: 'The bearer token has not the form of one.',
    reply: unauthorized('api-key.invalid', 'Invalid API key'),
  },
  api_key_unknown: { fault: 'caller', description: 'There is no such token, or no longer.', reply: traced(401, 'Unauthorized') },
  api_key_expired: { fault: 'caller', description: 'The token has expired.', reply: unauthorized('api-key.expired', 'Expired API key') },
  api_key_revoked: { fault: 'caller', description: 'The token was revoked.', reply: unauthorized('api-key.revoked', 'Revoked API key') },
  api_key_org_mismatch: {
    fault: 'caller',
    description: 'The request is for another organisation than that of the token.',
    reply: unauthorized('api-key.organization-mismatch', 'API key does not belong to the requested organization'),
  },
  session_unknown: {
    fault: 'caller',
    description: 'The session cookie is of no session, or of one that ended.',
    reply: traced(401, 'Unauthorized'),
  },
  session_rotation_due: {
    fault: 'caller',
    description: 'The session needs a new cookie first: POST /api/user/auth-tokens/rotate.',
    reply: unauthorized('session.token.rotate', 'Unauthorized'),
  },
  session_rotation_refused: { fault: 'caller', description: 'The cookie to exchange is of no session.', reply: plain(401, 'Unauthorized') },
  origin_not_allowed: {
    fault: 'caller',
    description: 'A request with a session comes from a page of another host.',
    reply: { status: 403, form: 'text', text: 'origin not allowed' },
  },
  login_data_invalid: {
    fault: 'caller',
    description: 'The body of a login is no JSON with user and password.',
    reply: coded(400, 'form-auth.invalid', 'bad login data'),
  },
  login_refused: {
    fault: 'caller',
    description: 'Name or password of a login is wrong, or there were too many wrong ones.',
    reply: coded(401, 'password-auth.failed', 'Invalid username or password'),
  },
  login_disabled: {
    fault: 'caller',
    description: 'A login of an account that is disabled.',
    reply: coded(401, 'identity.disabled', 'Unauthorized'),
  },

  // Users
  sort_unknown: {
    fault: 'caller',
    description: 'Users are to be sorted by what they cannot be sorted by.',
    reply: coded(400, 'unknown sorting option', 'BadRequest'),
  },
  user_exists: {
    fault: 'caller',
    description: 'Another user has this login or e-mail.',
    reply: plain(412, "User with email '{email}' or username '{login}' already exists"),
  },
  user_name_missing: {
    fault: 'caller',
    description: 'A user has neither login nor e-mail.',
    reply: coded(400, 'user.empty-username-and-email', 'Need to specify either username or email'),
  },
  user_name_conflict: {
    fault: 'caller',
    description: 'Another user has the new login or e-mail.',
    reply: plain(409, 'Update would result in user login conflict'),
  },
  user_org_missing: {
    fault: 'caller',
    description: 'A new user is put into an organisation that is not there.',
    reply: plain(400, 'organization not found'),
  },
  user_not_found_early: {
    fault: 'caller',
    description: 'A path names a user by a uid that nobody has.',
    reply: early(404, 'User not found'),
  },
  user_sessions_missing: { fault: 'caller', description: 'Sessions of a user that is not there.', reply: plain(404, 'User not found') },
  user_logout_self: {
    fault: 'caller',
    description: 'An administrator ends all sessions of the own account.',
    reply: plain(400, 'You cannot logout yourself'),
  },
  old_password_wrong: {
    fault: 'caller',
    description: 'The old password is not the right one.',
    reply: coded(400, 'user.password-missmatch', 'Invalid old password'),
  },
  theme_unknown: { fault: 'caller', description: 'A theme that no frontend has.', reply: plain(400, 'Invalid theme') },
  server_admin_last: {
    fault: 'caller',
    description: 'Nobody would be left who administrates the server.',
    reply: plain(400, 'cannot remove last grafana admin'),
  },
  session_not_found: { fault: 'caller', description: 'No session with this id.', reply: plain(404, 'User auth token not found') },
  session_is_own: {
    fault: 'caller',
    description: 'The session to end is that of the request.',
    reply: plain(400, 'Cannot revoke active user auth token'),
  },
  user_only: {
    fault: 'caller',
    description: 'The route is for users; service accounts have no password and no sessions.',
    reply: plain(403, '{detail}'),
  },
  user_not_found: { fault: 'caller', description: 'No user with this id.', reply: plain(404, 'user not found') },
  password_too_short: {
    fault: 'caller',
    description: 'A password has fewer than four characters.',
    reply: coded(400, 'password.password-policy-too-short', 'New password is too short'),
  },

  // Organisations
  org_not_found: { fault: 'caller', description: 'No organisation with this id or name.', reply: plain(404, 'Organization not found') },
  org_name_taken: { fault: 'caller', description: 'Another organisation has this name.', reply: plain(409, 'Organization name taken') },
  org_rename_taken: {
    fault: 'caller',
    description: 'Another organisation has the new name.',
    reply: plain(400, 'Organization name taken'),
  },
  org_id_invalid: { fault: 'caller', description: 'The id of an organisation is no number.', reply: plain(400, 'orgId is invalid') },
  account_id_invalid: { fault: 'caller', description: 'An id is no number.', reply: plain(400, 'id is invalid') },
  org_not_valid: { fault: 'caller', description: 'The user is not in the organisation.', reply: plain(401, 'Not a valid organization') },
  org_delete_missing: {
    fault: 'caller',
    description: 'The organisation to delete is not there.',
    reply: plain(404, 'Failed to delete organization. ID not found'),
  },
  org_delete_active: {
    fault: 'caller',
    description: 'The organisation to delete is that of the request.',
    reply: plain(400, 'Cannot delete your active organization. Please switch to a different organization first.'),
  },
  org_role_too_high: {
    fault: 'caller',
    description: 'Nobody gives a role above the own.',
    reply: plain(403, "Cannot assign a role higher than user's role"),
  },
  org_admin_last_role: {
    fault: 'caller',
    description: 'The organisation would have no administrator.',
    reply: plain(400, 'Cannot change role so that there is no organization admin left'),
  },
  org_admin_last_removed: {
    fault: 'caller',
    description: 'The organisation would have no administrator.',
    reply: plain(400, 'Cannot remove last organization admin'),
  },
  org_user_missing: {
    fault: 'caller',
    description: 'The user to add to an organisation is not there.',
    reply: plain(404, 'User not found'),
  },
  quotas_disabled: { fault: 'caller', description: 'There are no quotas.', reply: coded(403, 'quota.disabled', 'Quotas not enabled') },

  // Service accounts
  service_account_data_invalid: {
    fault: 'caller',
    description: 'The body for a service account or a token is no JSON, lacks its name, or has an unknown role.',
    reply: plain(400, 'Bad request data'),
  },
  service_account_exists: {
    fault: 'caller',
    description: 'Another service account has this name.',
    reply: coded(400, 'serviceaccounts.ErrAlreadyExists', 'service account already exists'),
  },
  service_account_not_found: {
    fault: 'caller',
    description: 'No service account with this id.',
    reply: coded(404, 'serviceaccounts.ErrNotFound', 'service account not found'),
  },
  service_account_role_too_high: {
    fault: 'caller',
    description: 'Nobody gives a role above the own.',
    reply: coded(403, 'serviceaccounts.ErrRoleForbidden', "can not assign a role higher than user's role"),
  },
  token_exists: {
    fault: 'caller',
    description: 'Another token of the organisation has this name.',
    reply: coded(400, 'serviceaccounts.ErrTokenAlreadyExists', 'service account token with given name already exists in the organization'),
  },
  token_not_found: {
    fault: 'caller',
    description: 'No token with this id.',
    reply: coded(404, 'serviceaccounts.ErrTokenNotFound', 'service account token not found'),
  },
  token_id_invalid: { fault: 'caller', description: 'The id of a token is no number.', reply: plain(400, 'Token ID is invalid') },
  token_lifetime_invalid: {
    fault: 'caller',
    description: 'A token would have ended before it begins, or beyond all time.',
    reply: coded(400, 'serviceaccounts.ErrInvalidInput', 'invalid SecondsToLive value'),
  },
  token_lifetime_missing: {
    fault: 'caller',
    description: 'A token without end, which `[auth] api_key_max_seconds_to_live` forbids.',
    reply: plain(400, 'Number of seconds before expiration should be set'),
  },
  token_lifetime_too_long: {
    fault: 'caller',
    description: 'A token that would live longer than `[auth] api_key_max_seconds_to_live`.',
    reply: plain(400, 'Number of seconds before expiration is greater than the global limit'),
  },
} as const satisfies Record<string, ServerErrorRow>;
