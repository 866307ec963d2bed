import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundledPackage } from './bundle.ts';

/** The licence texts of everything that was bundled: they ask to be kept with copies. Empty when nothing foreign is in it. */
export function licenseNotices(packages: readonly BundledPackage[]): string {
  const foreign = packages.filter(({ folder }) => folder.includes('node_modules')).sort((a, b) => (a.name < b.name ? -1 : 1));
  return foreign.map((one) => `${one.name} ${one.version}\n\n${licenseOf(one)}\n`).join(`\n${'-'.repeat(78)}\n\n`);
}

function licenseOf({ folder }: BundledPackage): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8').trim();
  const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { license?: string };
  return `Licence: ${license ?? 'not stated'}`;
}
