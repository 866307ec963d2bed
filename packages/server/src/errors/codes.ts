import { ACCOUNT_ERROR_CODES } from './account-codes.ts';
import { PROXY_ERROR_CODES } from './proxy-codes.ts';
import { coded, early, plain, type ServerErrorRow, traced, unauthorized } from './reply-shapes.ts';

/** Every code of ServerError. `docs/errors.md` has the same rows. */
export const SERVER_ERROR_CODES = {
  // Configuration
  config_unreadable: { fault: 'caller', description: 'The configuration file does not exist or cannot be read.' },
  config_syntax: {
    fault: 'caller',
    description: 'A line of the configuration file is neither a section, a key with a value, nor a comment.',
  },
  config_value_invalid: {
    fault: 'caller',
    description: 'A key has a value of the wrong kind; the message names section, key and where it was set.',
  },
  config_expansion_failed: { fault: 'caller', description: 'A $__file{} in a value names a file that cannot be read.' },

  // Store and secrets
  data_folder_unusable: { fault: 'host', description: 'The data folder cannot be made or written to.' },
  store_corrupt: { fault: 'host', description: 'The database file is damaged or is no database; it is left as it is.' },
  store_newer: { fault: 'caller', description: 'The database was written by a newer version of this program.' },
  store_in_use: { fault: 'caller', description: 'Another server runs over this database; the message names its process.' },
  store_failed: { fault: 'host', description: 'The database cannot be opened or a migration failed; nothing was changed.' },
  secret_key_unusable: { fault: 'host', description: 'The generated secret key in the data folder is damaged or cannot be read.' },
  secret_key_wrong: {
    fault: 'caller',
    description: 'The master key is another one than that which seals the secrets of this database; seen at the start.',
  },
  backup_failed: { fault: 'caller', description: 'No backup was made; the message says why. Nothing was changed.' },
  secret_undecryptable: { fault: 'host', description: 'A stored secret does not decrypt: another secret_key, or the row was changed.' },

  // Start
  provisioning_unreadable: {
    fault: 'caller',
    description: 'A provisioning file cannot be read or is not YAML.',
    reply: plain(400, 'A provisioning file cannot be read: {path}'),
  },
  provisioning_invalid: {
    fault: 'caller',
    description: 'An entry of a provisioning file is wrong; the message names file, line and field.',
    reply: plain(400, 'A provisioning file cannot be applied: {where}'),
  },
  listen_failed: { fault: 'host', description: 'The address cannot be listened on, for example because it is taken.' },

  // Requests in general
  bad_request_data: {
    fault: 'caller',
    description: 'The body is not JSON, has another content type, or a field of the wrong type.',
    reply: plain(400, 'bad request data'),
  },
  bad_request_path: {
    fault: 'caller',
    description: 'The path holds an escape that cannot be decoded.',
    reply: plain(400, 'bad request path'),
  },
  body_too_large: {
    fault: 'caller',
    description: 'The body is longer than `[backplane] max_request_body_bytes`.',
    reply: coded(
      413,
      'web.bodyTooLarge',
      'The request body is larger than the limit of {limitBytes} bytes; raise [backplane] max_request_body_bytes to allow more',
    ),
  },
  not_found: { fault: 'caller', description: 'There is no such route.', reply: early(404, 'Not found') },
  unauthorized: { fault: 'caller', description: 'The route needs an account.', reply: unauthorized('auth.unauthorized', 'Unauthorized') },
  password_wrong: {
    fault: 'caller',
    description: 'Name or password is wrong, or there were too many wrong ones.',
    reply: unauthorized('password-auth.failed', 'Invalid username or password'),
  },
  user_disabled: { fault: 'caller', description: 'The account is disabled.', reply: unauthorized('identity.disabled', 'Unauthorized') },
  access_denied: {
    fault: 'caller',
    description: 'The role of the account lacks a permission.',
    reply: {
      status: 403,
      form: 'denied',
      text: "You'll need additional permissions to perform this action. Permissions needed: {actions}",
      charset: true,
    },
  },
  permission_denied: {
    fault: 'caller',
    description: 'The route is for administrators of the organisation.',
    reply: early(403, 'Permission denied'),
  },
  internal: {
    fault: 'host',
    description: 'Something unexpected; the log has the cause.',
    reply: { status: 500, form: 'message', text: 'Internal Server Error', charset: true },
  },

  // Data sources
  data_source_not_found: {
    fault: 'caller',
    description: 'No data source with this uid, id or name.',
    reply: plain(404, 'Data source not found'),
  },
  correlation_source_missing: {
    fault: 'caller',
    description: 'Correlations of a data source that is not there.',
    reply: plain(404, 'Source data source not found'),
  },
  data_source_name_exists: {
    fault: 'caller',
    description: 'Another data source has this name.',
    reply: plain(409, 'data source with the same name already exists'),
  },
  data_source_rename_conflict: {
    fault: 'caller',
    description: 'Another data source has the new name.',
    reply: plain(409, 'Failed to update datasource: data source with the same name already exists'),
  },
  data_source_uid_exists: {
    fault: 'caller',
    description: 'Another data source has this uid.',
    reply: plain(409, 'data source with the same uid already exists'),
  },
  data_source_uid_change: {
    fault: 'caller',
    description: 'An update names another uid than the stored one.',
    reply: plain(400, 'Failed to update datasource'),
  },
  data_source_uid_invalid: {
    fault: 'caller',
    description: 'A uid is longer than 40 or has other characters than letters, digits, - and _.',
    reply: coded(400, 'datasource.uidInvalid', 'Invalid datasource UID.'),
  },
  data_source_name_invalid: {
    fault: 'caller',
    description: 'A name is longer than 190 characters.',
    reply: coded(400, 'datasource.nameInvalid', 'Invalid datasource name.'),
  },
  data_source_url_too_long: {
    fault: 'caller',
    description: 'A URL is longer than 255 characters.',
    reply: coded(400, 'datasource.urlInvalid', 'Invalid datasource url.'),
  },
  data_source_url_invalid: { fault: 'caller', description: 'A URL cannot be parsed.', reply: plain(400, 'Validation error, invalid URL') },
  data_source_team_headers: {
    fault: 'caller',
    description: 'jsonData holds teamHttpHeaders.',
    reply: plain(403, 'Cannot create datasource with team HTTP headers, need to use updateDatasourceLBACRules API'),
  },
  data_source_read_only_update: {
    fault: 'caller',
    description: 'The data source comes from a file and is not editable.',
    reply: plain(403, 'Cannot update read-only data source'),
  },
  data_source_read_only_delete: {
    fault: 'caller',
    description: 'The data source comes from a file and is not editable.',
    reply: plain(403, 'Cannot delete read-only data source'),
  },
  data_source_version_conflict: {
    fault: 'caller',
    description: 'Someone else has updated the data source since.',
    reply: plain(409, 'Datasource has already been updated by someone else. Please reload and try again'),
  },
  data_source_id_invalid: { fault: 'caller', description: 'An id is not a 64-bit number.', reply: plain(400, 'id is invalid') },
  data_source_id_invalid_early: { fault: 'caller', description: 'The same, on resource routes.', reply: early(400, 'id is invalid') },
  data_source_id_missing: { fault: 'caller', description: 'The id is 0.', reply: plain(400, 'Datasource id is missing') },
  data_source_id_missing_delete: {
    fault: 'caller',
    description: 'The id to delete is not positive.',
    reply: plain(400, 'Missing valid datasource id'),
  },
  data_source_uid_malformed: {
    fault: 'caller',
    description: 'The uid in the path of a health check has bad characters.',
    reply: plain(400, 'UID is invalid'),
  },
  data_source_uid_malformed_early: { fault: 'caller', description: 'The same, on resource routes.', reply: early(400, 'UID is invalid') },
  data_source_unloadable: {
    fault: 'caller',
    description: 'A health check names a data source that is not there.',
    reply: plain(404, 'Unable to load datasource metadata'),
  },
  data_source_unloadable_early: {
    fault: 'caller',
    description: 'A resource call names a data source that is not there.',
    reply: traced(404, 'Unable to load datasource meta data'),
  },
  data_source_plugin_missing: {
    fault: 'caller',
    description: 'The plugin of the data source is not loaded.',
    reply: early(404, 'Unable to find datasource plugin'),
  },

  // Queries
  query_none: { fault: 'caller', description: 'The request has no queries.', reply: coded(400, 'query.noQueries', 'No queries found') },
  query_data_source_missing: {
    fault: 'caller',
    description: 'A query names no data source.',
    reply: coded(400, 'query.invalidDatasourceId', 'Query does not contain a valid data source identifier'),
  },
  query_ref_id_twice: {
    fault: 'caller',
    description: 'Two queries have the same refId.',
    reply: coded(400, 'query.duplicateRefId', 'Multiple queries using the same RefId is not allowed '),
  },
  query_time_range_invalid: {
    fault: 'caller',
    description: 'The timeRange of a query lacks from or to as text.',
    reply: plain(400, 'bad request data'),
  },
  query_expressions_unavailable: {
    fault: 'host',
    description: 'A query is an expression, which this version does not evaluate.',
    reply: plain(500, 'Query data error'),
  },

  ...PROXY_ERROR_CODES,

  // Plugins
  plugin_not_registered: {
    fault: 'caller',
    description: 'No plugin with this id is loaded.',
    reply: coded(404, 'plugin.notRegistered', 'Plugin not registered'),
  },
  plugin_unavailable: {
    fault: 'plugin',
    description: 'The plugin is not running.',
    reply: coded(500, 'plugin.unavailable', 'Plugin unavailable'),
  },
  plugin_overloaded: {
    fault: 'host',
    description: 'As many calls as one plugin may have are under way, and as many wait.',
    reply: coded(503, 'plugin.overloaded', 'Plugin overloaded'),
  },
  plugin_timeout: {
    fault: 'plugin',
    description: 'The plugin did not answer in time.',
    reply: coded(504, 'plugin.timeout', 'Plugin did not answer in time'),
  },
  plugin_not_implemented: {
    fault: 'plugin',
    description: 'The plugin lacks this kind of call.',
    reply: coded(404, 'plugin.notImplemented', 'Method not implemented'),
  },
  plugin_health_check_failed: {
    fault: 'plugin',
    description: 'The health check itself failed.',
    reply: coded(500, 'plugin.healthCheck', 'Plugin health check failed'),
  },
  plugin_request_failed: {
    fault: 'plugin',
    description: 'The plugin answered with an error.',
    reply: coded(500, 'plugin.requestFailureError', 'An error occurred within the plugin'),
  },
  plugin_request_cancelled: {
    fault: 'caller',
    description: 'The client went away.',
    reply: coded(499, 'plugin.requestCanceled', 'Plugin request canceled'),
  },
  plugin_response_too_large: {
    fault: 'plugin',
    description: 'A message is larger than one side takes.',
    reply: coded(500, 'plugin.resourceExhausted', 'The data source response is larger than the limit; narrow the query and try again'),
  },
  plugin_connection_lost: {
    fault: 'plugin',
    description: 'The plugin died during the call.',
    reply: coded(500, 'plugin.connectionUnavailable', 'Data source became unavailable during request. Please try again.'),
  },
  plugin_silent: {
    fault: 'plugin',
    description: 'A resource call ended without any answer.',
    reply: coded(500, 'web.missingWrite', 'InternalError'),
  },
  plugin_details_invalid: {
    fault: 'plugin',
    description: 'Details of a health check are no JSON object.',
    reply: plain(500, 'Failed to unmarshal detailed response from backend plugin'),
  },
  plugin_unknown: {
    fault: 'caller',
    description: 'Settings of a plugin that is not there.',
    reply: plain(404, 'Plugin not found, no installed plugin with that id'),
  },
  plugin_not_installed: {
    fault: 'caller',
    description: 'Settings for a plugin that is not there.',
    reply: plain(404, 'Plugin not installed'),
  },
  plugin_not_found: {
    fault: 'caller',
    description: 'Health or a resource of a plugin that is not there.',
    reply: early(404, 'Plugin not found'),
  },
  plugin_start_failed: {
    fault: 'plugin',
    description: 'Settings of a plugin that did not start.',
    reply: plain(500, 'Plugin failed to start'),
  },
  plugin_unsigned: {
    fault: 'plugin',
    description: 'Settings of a plugin that was refused because it is not signed.',
    reply: plain(500, 'Plugin signature is missing'),
  },
  plugin_modified: {
    fault: 'plugin',
    description: 'Settings of a plugin that was refused because its files are not those that were signed.',
    reply: plain(500, 'Plugin signature does not match'),
  },
  plugin_signature_invalid: {
    fault: 'plugin',
    description: 'Settings of a plugin that was refused because of its signature.',
    reply: plain(500, 'Invalid plugin signature'),
  },
  plugin_setting_missing: { fault: 'caller', description: 'The app was never enabled.', reply: early(404, 'Plugin setting not found') },
  plugin_not_enabled: { fault: 'caller', description: 'The app is disabled.', reply: early(404, 'Plugin is not enabled') },
  plugin_auto_enabled: {
    fault: 'caller',
    description: 'An app that is enabled by itself cannot be disabled.',
    reply: plain(400, 'Cannot disable auto-enabled plugin'),
  },
  plugin_file_not_found: {
    fault: 'caller',
    description: 'A public file of a plugin is not there, or may not be served.',
    reply: early(404, 'Plugin file not found'),
  },

  ...ACCOUNT_ERROR_CODES,
} as const satisfies Record<string, ServerErrorRow>;

/** A code of ServerError. */
export type ServerErrorCode = keyof typeof SERVER_ERROR_CODES;
