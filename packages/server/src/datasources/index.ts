export { isParsableUrl } from './check-url.ts';
export { type DataSource, hasUidCharacters } from './data-source.ts';
export { type DataSourceInput, DataSources } from './data-sources.ts';
export { type PluginFace, toDto, toListItem } from './dto.ts';
export { provisionDataSources, uidFromName } from './provision.ts';
