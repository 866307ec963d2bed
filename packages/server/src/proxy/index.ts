export { createAddressGuard } from './address-guard.ts';
export { AppProxy } from './app-proxy.ts';
export { DataSourceProxy } from './data-source-proxy.ts';
export { PluginRoutes } from './plugin-routes.ts';
export type { ProxyAnswer } from './proxy-answer.ts';
export type { ProxyCall } from './proxy-call.ts';
export { RouteTokens } from './route-tokens.ts';
export { Transport } from './transport.ts';
