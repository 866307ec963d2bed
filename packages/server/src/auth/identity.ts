/** Roles in an organisation, weakest first. */
export const ORG_ROLES = ['None', 'Viewer', 'Editor', 'Admin'] as const;

export type OrgRole = (typeof ORG_ROLES)[number];

/** Who sends a request, in the organisation that the request is for. */
export interface Identity {
  readonly kind: 'user' | 'service-account';
  readonly userId: number;
  readonly uid: string;
  readonly login: string;
  /** Never empty: falls back to the login. */
  readonly name: string;
  readonly email: string;
  readonly orgId: number;
  /** Absent in an organisation that the user is not in. */
  readonly role: OrgRole | undefined;
  readonly isServerAdmin: boolean;
  /** The login of a browser that the request came by, if it did. */
  readonly sessionId?: number | undefined;
}
