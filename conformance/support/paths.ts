import { join } from 'node:path';

/** The folder `conformance/` of the working copy. */
export const conformanceFolder = join(import.meta.dirname, '..');

/** The root of the working copy. */
export const repositoryFolder = join(conformanceFolder, '..');
