import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Environment } from '../config/index.ts';
import { isServerError, ServerError } from '../errors/index.ts';
import { formatJson } from '../json/index.ts';
import type { Logger } from '../log/index.ts';
import { type ProvisionedEntry, type ProvisioningFile, readProvisioningFiles } from '../provisioning/index.ts';
import type { DataSources, DataSourceUpdate } from './data-sources.ts';

export interface ProvisionDataSourcesOptions {
  readonly dataSources: DataSources;
  /** Provisioning folders; files are in their folders `datasources`. */
  readonly folders: readonly string[];
  readonly env: Environment;
  readonly logger: Logger;
}

interface Wanted extends DataSourceUpdate {
  readonly orgId: number;
  readonly where: string;
}

interface Reading {
  readonly orgIds: ReadonlySet<number>;
  readonly logger: Logger;
}

/**
 * Applies the files: removes what they list under `deleteDatasources` and pruned ones that left, then adds or updates.
 * All files are read and checked before anything is changed.
 *
 * @throws ServerError `provisioning_unreadable`, `provisioning_invalid`
 */
export async function provisionDataSources(options: ProvisionDataSourcesOptions): Promise<void> {
  const read = options.folders.flatMap((folder) => readProvisioningFiles(join(folder, 'datasources'), options.env));
  const orgIds = await options.dataSources.orgIds();
  const files = read.map((file) => ({
    file,
    wanted: file.entries('datasources').map((entry) => readDataSource(file, entry, { orgIds, logger: options.logger })),
    deleted: [...file.entries('deleteDatasources'), ...file.entries('delete_datasources')].map(readDeletion),
  }));
  const all = files.flatMap(({ wanted }) => wanted);
  assertOneDefault(all);
  await prune(options, all);
  for (const { wanted, deleted } of files) {
    for (const key of deleted.filter(({ orgId, name }) => !all.some((one) => one.orgId === orgId && one.name === name)))
      await remove(options, key);
    for (const one of wanted) await apply(options, one);
  }
}

/** The uid of a data source whose file names none. */
export function uidFromName(name: string): string {
  return `P${createHash('sha256').update(name).digest('hex').slice(0, 16).toUpperCase()}`;
}

function readDataSource(file: ProvisioningFile, entry: ProvisionedEntry, { orgIds, logger }: Reading): Wanted {
  const name = entry.text('name');
  if (name === '') throw entry.invalid(['name'], 'is missing');
  const jsonData = entry.json('jsonData', 'json_data');
  const uid = entry.text('uid');
  return {
    orgId: entry.orgId(orgIds, 'orgId', 'org_id'),
    where: entry.where('name'),
    name,
    type: entry.text('type'),
    access: readAccess(entry, logger),
    url: entry.text('url'),
    user: entry.text('user'),
    database: entry.text('database'),
    basicAuth: entry.flag(false, 'basicAuth', 'basic_auth'),
    basicAuthUser: entry.text('basicAuthUser', 'basic_auth_user'),
    withCredentials: entry.flag(false, 'withCredentials', 'with_credentials'),
    isDefault: entry.flag(false, 'isDefault', 'is_default'),
    jsonData: jsonData === undefined ? '{}' : formatJson(jsonData),
    secrets: entry.secrets('secureJsonData', 'secure_json_data'),
    version: entry.integer(0, 'version'),
    uid: uid === '' ? undefined : uid,
    apiVersion: entry.text('apiVersion'),
    readOnly: !entry.flag(false, 'editable'),
    isPrunable: file.root.flag(false, 'prune'),
    replaceSecrets: true,
    canChangeUid: true,
  };
}

function readAccess(entry: ProvisionedEntry, logger: Logger): string {
  const access = entry.text('access');
  if (access === 'direct' || access === 'proxy') return access;
  if (access !== '')
    logger.warn('Access mode of a provisioned data source is neither proxy nor direct; proxy is used', {
      access,
      where: entry.where('access'),
    });
  return 'proxy';
}

function readDeletion(entry: ProvisionedEntry): { readonly orgId: number; readonly name: string } {
  return { orgId: entry.integer(1, 'orgId', 'org_id'), name: entry.text('name') };
}

function assertOneDefault(all: readonly Wanted[]): void {
  const defaults = new Map<number, Wanted>();
  for (const one of all.filter((candidate) => candidate.isDefault === true)) {
    const first = defaults.get(one.orgId);
    if (first !== undefined) {
      const detail = `${one.where}: ${one.name} is marked as default, but so is ${first.name} (${first.where}); an organisation has one default`;
      throw new ServerError('provisioning_invalid', { where: one.where, detail });
    }
    defaults.set(one.orgId, one);
  }
}

async function prune(options: ProvisionDataSourcesOptions, all: readonly Wanted[]): Promise<void> {
  const stale = (await options.dataSources.prunable()).filter(
    (old) => !all.some((one) => one.orgId === old.orgId && one.name === old.name),
  );
  for (const { orgId, name } of stale) await remove(options, { orgId, name });
}

async function remove({ dataSources, logger }: ProvisionDataSourcesOptions, key: { orgId: number; name: string }): Promise<void> {
  const old = await dataSources.find(key.orgId, { name: key.name });
  if (old === undefined) return;
  await dataSources.remove(key.orgId, old.id);
  logger.info('Removed a data source that its provisioning file no longer has', { name: key.name, uid: old.uid });
}

async function apply({ dataSources, logger }: ProvisionDataSourcesOptions, wanted: Wanted): Promise<void> {
  const { orgId, where, ...input } = wanted;
  const uid = input.uid ?? uidFromName(input.name);
  try {
    const old =
      (await dataSources.find(orgId, { name: input.name })) ??
      // Whoever has renamed it has not taken it out of the file.
      (await dataSources.find(orgId, { uid }));
    if (old === undefined) {
      await dataSources.add(orgId, { ...input, uid });
      logger.info('Added a data source from its provisioning file', { name: input.name, where });
      return;
    }
    await dataSources.update(orgId, old.id, input);
  } catch (error) {
    // A version below the stored one means that someone has changed it since: theirs stays.
    if (isServerError(error, 'data_source_version_conflict')) return;
    if (!isServerError(error)) throw error;
    throw new ServerError('provisioning_invalid', { where, detail: `${where}: ${input.name}: ${error.message}` }, { cause: error });
  }
}
