import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { needsChromium, openChromium } from '../browser/chromium.ts';
import { startUpstream } from '../recordings/upstream.ts';
import { fillPluginsFolder, needsGo } from '../support/go.ts';
import { conformanceFolder } from '../support/paths.ts';
import { type ServedBackplane, serveBackplane } from '../support/serve.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { bundlePage } from './bundle.ts';
import { needsClients } from './install.ts';

/** A browser with a page of a server's own origin, in which the genuine packages run. */
export interface FrontEnd extends AsyncDisposable {
  readonly server: ServedBackplane;
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page threw. */
  readonly failures: readonly string[];
}

/** Who logs in. */
export const ADMIN = { user: 'admin', password: 'front-end-password' } as const;

/** Data sources that the server has: the reference plugin, and the conformance plugin in both languages. */
const sources = (upstream: string) => `apiVersion: 1
datasources:
  - { name: Reference, uid: reference, type: acme-ref-datasource, access: proxy, isDefault: true, url: 'http://${upstream}/base', jsonData: { note: shown } }
  - { name: Unhealthy, uid: unhealthy, type: acme-ref-datasource, access: proxy, jsonData: { healthMode: error-details } }
  - { name: Failing, uid: failing, type: acme-ref-datasource, access: proxy, jsonData: { healthMode: fail } }
  - { name: Go, uid: go, type: conformance-datasource, access: proxy }
  - { name: TypeScript, uid: typescript, type: conformance-ts-datasource, access: proxy }
`;

/** Far above what anything takes on a slow machine. */
const TIMEOUT_MS = 300_000;

/** Options for a test that opens a front end, or the reason why it is skipped. */
export async function needsFrontEnd(): Promise<{ skip?: string }> {
  const needs = [await needsGo(), needsChromium(), await needsClients()];
  return needs.find(({ skip }) => skip !== undefined) ?? {};
}

/**
 * Starts a server with plugins in both languages, and a browser at a blank page of its origin.
 *
 * @param ini more lines of the configuration
 */
export async function openPage(ini = ''): Promise<FrontEnd> {
  await using opened = new AsyncDisposableStack();
  const { path } = opened.use(await temporaryFolder());
  const at = (...names: string[]) => join(path, ...names);
  await Promise.all([mkdir(at('data')), mkdir(at('provisioning', 'datasources'), { recursive: true })]);
  await fillPluginsFolder(at('plugins'), ['acme-ref-datasource', 'acme-ref-app', 'conformance-datasource']);
  await addTypeScriptPlugin(at('plugins', 'conformance-ts-datasource'));
  const upstream = opened.use(await startUpstream());
  await writeFile(at('provisioning', 'datasources', 'all.yaml'), sources(upstream.address));
  await writeFile(at('grafana.ini'), `app_mode = development\n[security]\nadmin_password = ${ADMIN.password}\n${ini}`);
  const env = { GF_PATHS_DATA: at('data'), GF_PATHS_PLUGINS: at('plugins'), GF_PATHS_PROVISIONING: at('provisioning') };
  const server = opened.use(await serveBackplane({ configFile: at('grafana.ini'), workingFolder: path, env }));
  const context = await opened.use(await openChromium()).newContext();
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  await openBlank(page, `${server.base}/front-end`);
  const lifetime = opened.move();
  return { server, page, context, failures, [Symbol.asyncDispose]: () => lifetime.disposeAsync() };
}

/** Opens a page at an address that nobody has to serve. */
async function openBlank(page: Page, url: string): Promise<void> {
  await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>front end</title>' }));
  await page.goto(url);
}

/** Opens a page in which the administrator is logged in and the genuine packages run. */
export async function openFrontEnd(ini?: string): Promise<FrontEnd> {
  await using opened = new AsyncDisposableStack();
  const frontEnd = opened.use(await openPage(ini));
  await startClient(frontEnd.page, ADMIN);
  const lifetime = opened.move();
  return { ...frontEnd, [Symbol.asyncDispose]: () => lifetime.disposeAsync() };
}

/** Opens a page of its own for another user, who shares nothing with those before. */
export async function openFor(credentials: Credentials, { server, context }: FrontEnd): Promise<Page> {
  const own = await context.browser()!.newContext();
  own.setDefaultTimeout(TIMEOUT_MS);
  const page = await own.newPage();
  await openBlank(page, `${server.base}/front-end`);
  await startClient(page, credentials);
  return page;
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Logs in by a session cookie, and starts the genuine packages from what the server tells a front end. */
async function startClient(page: Page, credentials: Credentials): Promise<void> {
  await page.evaluate(async (json) => {
    const get = async (path: string) => await (await fetch(path)).json();
    const headers = { 'content-type': 'application/json' };
    const login = await fetch('/login', { method: 'POST', headers, body: JSON.stringify(json) });
    if (!login.ok) throw new Error(`logging in: ${login.status} ${await login.text()}`);
    const user = { ...(await get('/api/user')), isSignedIn: true };
    Object.assign(window, { grafanaBootData: { settings: await get('/api/frontend/settings'), user, navTree: [] } });
  }, credentials);
  await page.addScriptTag({ content: await bundlePage() });
}

/** The TypeScript twin under an id of its own, because a server has one plugin of an id. */
async function addTypeScriptPlugin(folder: string): Promise<void> {
  const info = { version: '1.0.0', updated: '2026-01-01' };
  const manifest = { id: 'conformance-ts-datasource', type: 'datasource', name: 'Twin', backend: true, executable: 'gpx_twin', info };
  await mkdir(folder);
  await writeFile(join(folder, 'plugin.json'), JSON.stringify(manifest));
  const program = join(conformanceFolder, 'fixtures/conformance-datasource/gpx_conformance.ts');
  await writeFile(join(folder, 'gpx_twin.ts'), `import '${program}';\n`);
}
