import { serve } from '@backplane/sdk';
import { plugin } from './src/plugin.ts';

await serve(plugin);
