import { type Identity, ORG_ROLES, type OrgRole } from './identity.ts';

type Needed = OrgRole | 'server admin';

/**
 * What each action takes, a role of the organisation or the administration of the server, and on what it may be done.
 * Source: the default grants in Grafana `pkg/api/accesscontrol.go` and `pkg/services/accesscontrol`. Actions of things
 * that are not here yet (dashboards, folders) stand for clients that ask before they show a menu.
 */
const ACTION_TABLE = {
  'alert.instances.external:read': ['Viewer', 'datasources:*'],
  'alert.instances:read': ['Viewer'],
  'alert.notifications.external:read': ['Viewer', 'datasources:*'],
  'alert.notifications.receivers:list': ['Viewer'],
  'alert.notifications.receivers:read': ['Viewer', 'receivers:*'],
  'alert.notifications.routes:read': ['Viewer'],
  'alert.notifications.templates:read': ['Viewer'],
  'alert.notifications.time-intervals:read': ['Viewer'],
  'alert.notifications:read': ['Viewer'],
  'alert.rules.external:read': ['Viewer', 'datasources:*'],
  'alert.rules:read': ['Viewer', 'folders:*'],
  'alert.silences:read': ['Viewer', 'folders:*'],
  'annotations:read': ['Viewer', 'folders:*'],
  'dashboards:read': ['Viewer', 'folders:*'],
  'datasources.id:read': ['Viewer', 'datasources:*'],
  'datasources:query': ['Viewer', 'datasources:*'],
  'datasources:read': ['Viewer', 'datasources:*'],
  'folders:read': ['Viewer', 'folders:*'],
  'library.panels:read': ['Viewer', 'folders:*'],
  'orgs.quotas:read': ['Viewer'],
  'orgs:read': ['Viewer'],
  'plugins.app:access': ['Viewer', 'plugins:*'],
  'provisioning.repositories:read': ['Viewer'],
  'provisioning.settings:read': ['Viewer'],
  'snapshots:read': ['Viewer'],
  'alert.instances.external:write': ['Editor', 'datasources:*'],
  'alert.notifications.external:write': ['Editor', 'datasources:*'],
  'alert.rules.external:write': ['Editor', 'datasources:*'],
  'datasources:explore': ['Editor'],
  'datasources:create': ['Admin'],
  'datasources:write': ['Admin', 'datasources:*'],
  'datasources:delete': ['Admin', 'datasources:*'],
  'datasources.caching:read': ['Admin'],
  'datasources.caching:write': ['Admin'],
  'plugins:write': ['Admin', 'plugins:*'],
  'org.users:read': ['Admin', 'users:*'],
  'org.users:add': ['Admin', 'users:*'],
  'org.users:write': ['Admin', 'users:*'],
  'org.users:remove': ['Admin', 'users:*'],
  'orgs:write': ['Admin'],
  'orgs.preferences:read': ['Admin'],
  'orgs.preferences:write': ['Admin'],
  'serviceaccounts:read': ['Admin', 'serviceaccounts:*'],
  'serviceaccounts:create': ['Admin'],
  'serviceaccounts:write': ['Admin', 'serviceaccounts:*'],
  'serviceaccounts:delete': ['Admin', 'serviceaccounts:*'],
  'orgs:create': ['server admin'],
  'orgs:delete': ['server admin'],
  'orgs.quotas:write': ['server admin'],
  'provisioning:reload': ['server admin', 'provisioners:*'],
  'server.stats:read': ['server admin'],
  'settings:read': ['server admin', 'settings:*'],
  'users:create': ['server admin'],
  'users:read': ['server admin', 'global.users:*'],
  'users:write': ['server admin', 'global.users:*'],
  'users:delete': ['server admin', 'global.users:*'],
  'users:disable': ['server admin', 'global.users:*'],
  'users:enable': ['server admin', 'global.users:*'],
  'users:logout': ['server admin', 'global.users:*'],
  'users.password:write': ['server admin', 'global.users:*'],
  'users.permissions:write': ['server admin', 'global.users:*'],
  'users.authtoken:read': ['server admin', 'global.users:*'],
  'users.authtoken:write': ['server admin', 'global.users:*'],
  'users.quotas:read': ['server admin', 'global.users:*'],
  'users.quotas:write': ['server admin', 'global.users:*'],
} as const satisfies Record<string, readonly [Needed, scope?: string]>;

export type Action = keyof typeof ACTION_TABLE;

const ACTIONS = Object.keys(ACTION_TABLE) as readonly Action[];

/** What is about users and organisations as a whole: administrators of the server may do it in every organisation. */
const everywhere = /^(?:orgs|org\.users)[.:]/;

/** Whether this identity may do that in its organisation. */
export function isAllowed(identity: Identity, action: Action): boolean {
  const [needed] = ACTION_TABLE[action];
  if (identity.isServerAdmin && (needed === 'server admin' || everywhere.test(action))) return true;
  return needed !== 'server admin' && hasRole(identity, needed);
}

/** Whether this identity has at least that role. */
export function hasRole(identity: Pick<Identity, 'role'>, role: OrgRole): boolean {
  return identity.role !== undefined && ORG_ROLES.indexOf(identity.role) >= ORG_ROLES.indexOf(role);
}

/** All that this identity may do, with the scopes that it may do it on. */
export function permissionsOf(identity: Identity): Record<string, readonly string[]> {
  const allowed = ACTIONS.filter((action) => isAllowed(identity, action)).sort();
  return Object.fromEntries(allowed.map((action) => [action, [scopeOf(action)]]));
}

/** What this identity may do with things of a scope such as `datasources:*`, as the API shows it beside one of them. */
export function accessTo(identity: Identity, scope: string): Record<string, true> {
  const allowed = ACTIONS.filter((action) => scopeOf(action) === scope && isAllowed(identity, action)).sort();
  return Object.fromEntries(allowed.map((action) => [action, true as const]));
}

function scopeOf(action: Action): string {
  return (ACTION_TABLE[action] as readonly [Needed, string?])[1] ?? '';
}
