import type { CallOrigin } from '@backplane/host';
import type { Identity, IdTokens } from '../auth/index.ts';

/** Headers of a request, names in small letters, values as Node reads them (one character per byte). */
export type IncomingHeaders = CallOrigin['headers'];

/** What the plugin host learns of the request behind a call; its middlewares decide what of it reaches the plugin. */
export function callOrigin(
  request: { readonly headers: IncomingHeaders; readonly peerAddress?: string | undefined },
  { identity, idTokens }: { readonly identity: Identity; readonly idTokens: IdTokens },
): CallOrigin {
  return {
    headers: request.headers,
    remoteAddress: request.peerAddress,
    idToken: idTokens.issue(identity),
    login: identity.kind === 'user' ? identity.login : undefined,
  };
}
