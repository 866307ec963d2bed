import { type Identity, ORG_ROLES, type OrgRole } from './identity.ts';

/** What each action takes: a role of the organisation, or the administration of the server. Source: the default grants in Grafana `pkg/api/accesscontrol.go`. */
const NEEDED = {
  'datasources:read': 'Viewer',
  'datasources:query': 'Viewer',
  'datasources.id:read': 'Viewer',
  'plugins.app:access': 'Viewer',
  'alert.instances.external:read': 'Viewer',
  'alert.notifications.external:read': 'Viewer',
  'alert.rules.external:read': 'Viewer',
  'alert.instances.external:write': 'Editor',
  'alert.notifications.external:write': 'Editor',
  'alert.rules.external:write': 'Editor',
  'datasources:explore': 'Editor',
  'datasources:create': 'Admin',
  'datasources:write': 'Admin',
  'datasources:delete': 'Admin',
  'plugins:write': 'Admin',
  'org.users:write': 'Admin',
  'orgs:read': 'Viewer',
  'provisioning:reload': 'server admin',
  'users:create': 'server admin',
  'users:read': 'server admin',
} as const satisfies Record<string, OrgRole | 'server admin'>;

export type Action = keyof typeof NEEDED;

export const ACTIONS = Object.keys(NEEDED) as readonly Action[];

/** Whether this identity may do that in its organisation. */
export function isAllowed(identity: Identity, action: Action): boolean {
  const needed = NEEDED[action];
  return needed === 'server admin' ? identity.isServerAdmin : hasRole(identity, needed);
}

/** Whether this identity has at least that role. */
export function hasRole(identity: Identity, role: OrgRole): boolean {
  return identity.role !== undefined && ORG_ROLES.indexOf(identity.role) >= ORG_ROLES.indexOf(role);
}

const aboutDataSources = ACTIONS.filter(
  (action) =>
    /^alert\..*\.external:/.test(action) ||
    ['datasources.id:read', 'datasources:delete', 'datasources:query', 'datasources:read', 'datasources:write'].includes(action),
);

/** What this identity may do with a data source, as the API shows it. */
export function dataSourceAccess(identity: Identity): Record<string, true> {
  return Object.fromEntries(aboutDataSources.filter((action) => isAllowed(identity, action)).map((action) => [action, true as const]));
}
