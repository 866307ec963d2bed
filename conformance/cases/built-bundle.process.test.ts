import { useBuiltPlugin } from '../probes/index.ts';

// Everything that is asked of our plugin, asked of what `backplane pack` makes of it.
await useBuiltPlugin('bundle');
await import('./our-plugin.process.test.ts');
await import('./plugin-start.process.test.ts');
await import('./plugin-logs.process.test.ts');
await import('./tls.process.test.ts');
await import('./wire.process.test.ts');
