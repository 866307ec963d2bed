import { differs, open } from '../rules/rule.ts';
import { statementsOf } from './statement.ts';

const LOADER = 'pkg/plugins/manager/loader/loader_test.go';
const MANIFEST = 'pkg/plugins/manager/signature/manifest_test.go';
const PROCESS = 'pkg/plugins/manager/process/process_test.go';
const BOOTSTRAP = 'pkg/plugins/manager/pipeline/bootstrap/steps_test.go';
const noCatalog = open('nothing is installed from a catalog yet; plugins are folders');
const noAccounts = open('service accounts of plugins come with those of the server');

/** How plugins are found, checked, started and kept (statements D of the plugin manager). */
export const pluginManagerStatements = statementsOf('D', [
  [
    'pkg/plugins/plugins_test.go ReadPluginJSON',
    'a valid plugin.json is read, an unknown id format or type is an error, absent fields get their defaults',
    'proved',
  ],
  ['pkg/plugins/plugins_test.go validatePluginJSON', 'an empty id and an unknown type are refused', 'proved'],
  [
    'pkg/plugins/manager/sources/source_local_disk_test.go',
    'each folder or symlink in the plugins folder is a source, sorted by name; a missing folder is named',
    'proved',
  ],
  ['pkg/plugins/localfiles_test.go', 'files that were added after the plugin was loaded are not served; dots in names are legal', 'proved'],
  [LOADER, 'a plugin that comes with the server has the signature internal', 'proved'],
  [LOADER, 'a plugin behind a symlink loads', 'proved'],
  [LOADER, 'an unsigned plugin loads in development and when it is listed; else it is signatureMissing', 'proved'],
  [LOADER, 'a manifest of version 1 is signatureInvalid, even for a listed plugin', 'proved'],
  [LOADER, 'an extra and a missing file are signatureModified', 'proved'],
  [LOADER, 'an app with includes gets slugs, a default page and its nested plugins', 'proved'],
  [
    'pkg/services/pluginsintegration/loader/loader_test.go',
    'of broken, valid and unsigned plugins the valid one loads, with one error for the unsigned one',
    'proved',
  ],
  ['same, ExternalRegistration', 'a plugin with iam gets a client registered before it starts', noAccounts],
  ['same, RBACReady', 'roles of a plugin are registered under its prefix', noAccounts],
  ['same, RootURL', 'a private signature does not care for a slash at the end of the root URL', 'proved'],
  ['same, DuplicatePlugins', 'the first of two plugins with one id wins; one that cannot start leaves the others alone', 'proved'],
  ['same, NestedPlugins', 'a nested plugin is linked to the one around it, and both are registered', 'proved'],
  [
    'same, AngularClass',
    'a plugin with an Angular frontend is refused',
    differs('no frontend of a plugin runs in this server, so what it is made of harms nobody'),
  ],
  [LOADER, 'a later good load clears the error of a plugin', 'proved'],
  [BOOTSTRAP, '%VERSION% and %TODAY% count as empty; a nested plugin takes the version around it when its own is empty', 'proved'],
  ['pkg/plugins/manager/pipeline/initialization/steps_test.go', 'a plugin without backend gets no client', 'proved'],
  [PROCESS, 'a plugin without backend and one with an error are not started', 'proved'],
  [PROCESS, 'cancelling the signal of the start does not stop a plugin that has started', 'proved'],
  [PROCESS, 'stopping ends the plugin once', 'proved'],
  [PROCESS, 'a plugin that was killed is started again', 'proved'],
  ['pkg/plugins/manager/registry/in_memory_test.go', 'an id is taken once; aliases lead to the plugin and go with it', 'proved'],
  [MANIFEST, 'a manifest is read by its fields, and a changed text fails', 'proved'],
  [MANIFEST, 'each empty field that is required is named, and a signature type that nobody knows', 'proved'],
  [MANIFEST, 'globs of root URLs: one star for one name, two for many, the scheme must match', 'proved'],
  [MANIFEST, 'a private signature knows no globs', 'proved'],
  [MANIFEST, 'paths of the manifest have slashes on every system; a revoked key does not count', 'proved'],
  ['pkg/plugins/manager/installer_test.go', 'plugins are added, updated and removed with their dependencies', noCatalog],
  ['pkg/services/pluginsintegration/plugininstaller/service_test.go', 'a list of plugins is installed before the start', noCatalog],
  ['pkg/services/pluginsintegration/pipeline/steps_test.go', 'disabled ids are skipped; duplicates are filtered', 'proved'],
  [
    'pkg/services/pluginsintegration/pluginconfig/envvars_test.go',
    'a plugin gets the listed variables and nothing else of the environment of the host',
    'proved',
  ],
  ['pkg/services/pluginsintegration/pluginstore/store_test.go', 'a plugin that was stopped for good is not listed', 'proved'],
  [
    'pkg/services/pluginsintegration/pluginsettings/service/service_test.go',
    'changed settings reach the next call, although opened secrets are remembered',
    'proved',
  ],
  ['pkg/plugins/backendplugin/grpcplugin/client_v2_test.go', 'a reply is decoded by the format that it names, JSON or Arrow', 'proved'],
]);
