// Runs one TypeScript program of the workspace: node scripts/run.mjs FILE [arguments].
import { ensureInstalled, runNode } from './bootstrap.mjs';

ensureInstalled({ dev: true });
process.exitCode = await runNode(process.argv.slice(2));
