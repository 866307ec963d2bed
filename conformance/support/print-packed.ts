// Prints where a packed plugin is, as JSON: print-packed.ts FOLDER EXECUTABLE
import { packPlugin } from './built-plugin.ts';

const [folder, executable] = process.argv.slice(2);
if (folder === undefined || executable === undefined) throw new Error('usage: print-packed.ts FOLDER EXECUTABLE');
console.log(JSON.stringify(await packPlugin(folder, executable)));
