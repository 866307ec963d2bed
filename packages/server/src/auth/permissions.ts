import { type Identity, ORG_ROLES, type OrgRole } from './identity.ts';

/** What each action takes: a role of the organisation, or the administration of the server. Source: spec/host.md §1.16. */
const NEEDED = {
  'datasources:read': 'Viewer',
  'datasources:query': 'Viewer',
  'datasources.id:read': 'Viewer',
  'plugins.app:access': 'Viewer',
  'datasources:explore': 'Editor',
  'datasources:create': 'Admin',
  'datasources:write': 'Admin',
  'datasources:delete': 'Admin',
  'plugins:write': 'Admin',
  'org.users:write': 'Admin',
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
