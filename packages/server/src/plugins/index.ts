export { describeCallError, toCallError } from './call-errors.ts';
export { callOrigin, type IncomingHeaders } from './call-origin.ts';
export { PluginCatalog } from './catalog.ts';
export { toListItem, toSettings } from './dto.ts';
export { toFrontendApp, toFrontendPanel, toFrontendPlugin } from './frontend-dto.ts';
export { PluginContexts, userAgent } from './plugin-contexts.ts';
export type { ServerPlugin, ServerPluginHost } from './plugin-host.ts';
export { PluginSettings } from './plugin-settings.ts';
export { provisionPlugins } from './provision.ts';
