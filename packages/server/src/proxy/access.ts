import { hasRole, type Identity, ORG_ROLES, type OrgRole } from '../auth/index.ts';
import type { ServerPlugin } from '../plugins/index.ts';
import type { MayUse } from './match-route.ts';

/**
 * Whether this identity may use the routes of a plugin: `reqAction` has to be granted to its role by `roles` in the
 * plugin's own plugin.json, else `reqRole` counts. A role that does not exist is no protection in Grafana; here nobody has it.
 */
export function routeAccess(identity: Identity, plugin: ServerPlugin): MayUse {
  return ({ reqAction, reqRole }) => {
    if (reqAction !== '') return grantsAction(plugin, identity, reqAction);
    if (reqRole === '') return true;
    if (reqRole === 'Grafana Admin') return identity.isServerAdmin;
    return isRole(reqRole) && hasRole(identity, reqRole);
  };
}

function isRole(text: string): text is OrgRole {
  return (ORG_ROLES as readonly string[]).includes(text);
}

/** As in `roles` of plugin.json. */
interface RoleRow {
  readonly role?: { readonly permissions?: readonly { readonly action?: unknown }[] };
  readonly grants?: readonly unknown[];
}

function grantsAction({ manifest }: ServerPlugin, identity: Identity, action: string): boolean {
  const rows = Array.isArray(manifest.raw.roles) ? (manifest.raw.roles as readonly (RoleRow | null)[]) : [];
  return rows.some((row) => {
    const { role, grants } = row ?? {};
    if (!Array.isArray(role?.permissions) || !Array.isArray(grants)) return false;
    if (!role.permissions.some((permission) => permission?.action === action)) return false;
    return grants.some((grant) =>
      grant === 'Grafana Admin' ? identity.isServerAdmin : isRole(String(grant)) && hasRole(identity, String(grant) as OrgRole),
    );
  });
}
