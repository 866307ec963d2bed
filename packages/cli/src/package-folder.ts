import { fileURLToPath } from 'node:url';

/** Where package.json lies. Sources, compiled files and the bundled program are all one folder below it. */
export const packageFolder: string = fileURLToPath(new URL('..', import.meta.url));
