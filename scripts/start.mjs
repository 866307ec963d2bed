// npm start [-- flags of serve]: sets up if needed, then runs the server with the demo data.
import { ensureInstalled, runNode } from './bootstrap.mjs';

ensureInstalled({ dev: false });
process.exitCode = await runNode(['packages/cli/src/main.ts', 'serve', '--demo', ...process.argv.slice(2)]);
