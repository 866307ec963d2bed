import type { Endpoint } from '../client/index.ts';
import { dataSourceSetting } from './data-source-setting.ts';
import { headerNames, withHeader, withoutHeaders } from './request-headers.ts';
import type { Middleware, PluginCall } from './types.ts';

/**
 * Takes away how somebody signed in here, which is between them and this server, and who they say they are: the server
 * says that.
 *
 * @param names headers that carry credentials, besides `Authorization` and the device's id
 */
export function clearAuthHeaders(names: readonly string[] = []): Middleware {
  const cleared = headerNames('Authorization', 'X-Grafana-Device-Id', 'X-Grafana-Id', 'X-Grafana-User', ...names);
  return (call, next) => next(call.origin === undefined ? call : withoutHeaders(call, cleared));
}

/** Hands on the token of the user's own sign-in where the data source says `oauthPassThru`. */
export const forwardOAuthToken: Middleware = (call, next) => {
  const { origin, request } = call;
  if (origin?.oauth === undefined || isStream(call) || dataSourceSetting(request, 'oauthPassThru') !== true) return next(call);
  const { tokenType, accessToken, idToken } = origin.oauth;
  const authorized = withHeader(call, 'Authorization', `${tokenType} ${accessToken}`);
  return next(idToken === undefined ? authorized : withHeader(authorized, 'X-ID-Token', idToken));
};

/** Tells who asks, by a token that the plugin can verify. */
export const forwardId: Middleware = (call, next) => {
  const idToken = call.origin?.idToken;
  return next(idToken === undefined ? call : withHeader(call, 'X-Grafana-Id', idToken));
};

/** Tells the login of who asks. */
export const forwardUser: Middleware = (call, next) => {
  const login = call.origin?.login;
  return next(login === undefined ? call : withHeader(call, 'X-Grafana-User', login));
};

function isStream({ endpoint }: PluginCall<Endpoint>): boolean {
  return endpoint === 'subscribeStream' || endpoint === 'publishStream' || endpoint === 'runStream';
}
