export { type CallKind, describeCallError, toCallError } from './call-errors.ts';
export { type CallHeadersOptions, callHeaders, type IncomingHeaders, identityHeaders, keptCookies } from './call-headers.ts';
export { PluginCatalog } from './catalog.ts';
export { type PluginState, toListItem, toSettings } from './dto.ts';
export { PluginContexts, type PluginContextsOptions, userAgent } from './plugin-contexts.ts';
export type { ServerPlugin, ServerPluginHost } from './plugin-host.ts';
export { type PluginSetting, PluginSettings, type PluginSettingsOptions, type PluginSettingUpdate } from './plugin-settings.ts';
export { type ProvisionPluginsOptions, provisionPlugins } from './provision.ts';
