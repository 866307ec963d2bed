import { runMatrix } from './matrix.ts';

await runMatrix({ name: 'Go host → our plugin', host: 'go', plugin: 'ours' });
