import { runMatrix } from './matrix.ts';

await runMatrix({ name: 'our host → Go plugin', host: 'ours', plugin: 'go' });
