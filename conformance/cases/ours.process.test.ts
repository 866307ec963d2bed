import { runMatrix } from './matrix.ts';

await runMatrix({ name: 'our host → our plugin', host: 'ours', plugin: 'ours' });
