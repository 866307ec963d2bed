export { describeCallError, toCallError } from './call-errors.ts';
export { type CallHeadersOptions, callHeaders, type IncomingHeaders, identityHeaders, keptCookies } from './call-headers.ts';
export { PluginCatalog } from './catalog.ts';
export { toListItem, toSettings } from './dto.ts';
export { PluginContexts } from './plugin-contexts.ts';
export type { ServerPlugin, ServerPluginHost } from './plugin-host.ts';
export { PluginSettings } from './plugin-settings.ts';
export { provisionPlugins } from './provision.ts';
