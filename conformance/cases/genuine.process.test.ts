import { runMatrix } from './matrix.ts';

await runMatrix({ name: 'Go host → Go plugin', host: 'go', plugin: 'go' });
