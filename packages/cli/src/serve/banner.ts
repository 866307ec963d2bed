import type { PluginProblem } from '@backplane/host';
import { visible } from '../terminal/index.ts';
import type { Demo } from './demo-source.ts';
import type { SignIn } from './sign-in.ts';

/** What a start has to tell. */
export interface BannerFacts {
  readonly url: string;
  readonly plugins: number;
  readonly problems: readonly PluginProblem[];
  readonly signIn: SignIn;
  readonly demo: Demo | undefined;
}

/** What `serve` prints once it answers requests. */
export function formatBanner({ url, plugins, problems, signIn, demo }: BannerFacts): string {
  const reachable = reachableUrl(url);
  const lines = ['', `Backplane answers at ${reachable}`, ...signIn.lines.map((line) => `  ${line}`), '', describePlugins(plugins)];
  for (const { pluginId, folder, message } of problems) lines.push(`  not loaded: ${pluginId ?? folder}: ${visible(message)}`);
  if (demo !== undefined) {
    lines.push('', `The data source demo reads ${demo.databaseFile}. A query to try, in another terminal:`, '');
    lines.push(formatCurl(reachable, signIn.curlUser, demo.sampleRequest));
  }
  lines.push('', 'Ctrl-C stops the server.', '');
  return `${lines.join('\n')}\n`;
}

/** One line that can be pasted into a shell: the body has no single quotes, so it needs no escapes. */
export function formatCurl(url: string, curlUser: string, body: string): string {
  // A password in a variable must be filled in by the shell; anything else must not be touched by it.
  const user = curlUser.includes('$') ? `"${curlUser}"` : `'${curlUser}'`;
  return `curl -s -u ${user} -H 'Content-Type: application/json' '${url}/api/ds/query' -d '${body}'`;
}

/** An address that listens everywhere is called by the name of this machine. */
function reachableUrl(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

function describePlugins(count: number): string {
  return count === 1 ? '1 plugin is loaded.' : `${count} plugins are loaded.`;
}
