import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { extname, join, posix, sep } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServerError } from '../errors/index.ts';
import type { ServerPlugin } from '../plugins/index.ts';
import { sentAddress } from './address.ts';
import type { Services } from './services.ts';

const types: Readonly<Record<string, string>> = {
  '.avif': 'image/avif',
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/vnd.microsoft.icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.xml': 'text/xml; charset=utf-8',
  '.yaml': 'application/yaml',
};

/** `/public/plugins/:pluginId/*`: the frontend files of plugins, without an account (getPluginAssets in Grafana `pkg/api/plugins.go`). */
export function addPublicFiles(app: FastifyInstance, { catalog }: Services): void {
  app.get('/public/plugins/:pluginId/*', { config: { access: 'public' } }, async (request, reply) => {
    const plugin = catalog.get((request.params as { pluginId: string }).pluginId, 'plugin_not_found');
    const file = await openPublicFile(plugin, rawPath(request));
    try {
      return await sendFile(request, reply, file);
    } catch (error) {
      await file.handle.close();
      throw error;
    }
  });
}

interface PublicFile {
  readonly handle: FileHandle;
  readonly path: string;
  readonly size: number;
  readonly modifiedAtMs: number;
}

function rawPath(request: FastifyRequest): string {
  return sentAddress(request).split('?', 1)[0]?.split('/').slice(4).join('/') ?? '';
}

// Dots are resolved below the plugin's folder as if it were the root; after that only links could lead out.
async function openPublicFile(plugin: ServerPlugin, raw: string): Promise<PublicFile> {
  const missing = new ServerError('plugin_file_not_found', { pluginId: plugin.id });
  const path = cleanPath(raw);
  if (path === undefined || isExecutable(plugin, path) || plugin.files?.has(path) === false) throw missing;
  let handle: FileHandle | undefined;
  try {
    const root = await realpath(plugin.folder);
    const real = await realpath(join(root, path));
    if (!real.startsWith(root + sep)) throw missing;
    // Without waiting: opening a pipe that nobody writes to would hold a thread for ever.
    handle = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await handle.stat();
    if (!stat.isFile()) throw missing;
    return { handle, path, size: stat.size, modifiedAtMs: Math.floor(stat.mtimeMs / 1000) * 1000 };
  } catch (cause) {
    await handle?.close();
    throw new ServerError('plugin_file_not_found', { pluginId: plugin.id }, { cause });
  }
}

function cleanPath(raw: string): string | undefined {
  try {
    const decoded = decodeURIComponent(raw);
    if (decoded.includes('\0') || decoded.includes('\\') || decoded.endsWith('/')) return undefined;
    return posix.normalize(`/${decoded}`).slice(1);
  } catch {
    return undefined; // a bad escape names no file
  }
}

/** The program itself is nobody's business, whatever its platform suffix. */
function isExecutable({ manifest }: ServerPlugin, path: string): boolean {
  return manifest.executable !== '' && path.startsWith(posix.normalize(manifest.executable));
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, file: PublicFile): Promise<FastifyReply> {
  reply
    .header('cache-control', 'public, max-age=3600')
    .header('accept-ranges', 'bytes')
    .header('last-modified', new Date(file.modifiedAtMs).toUTCString());
  if (isUnchanged(request, file)) {
    await file.handle.close();
    return reply.code(304).send();
  }
  reply.header('content-type', types[extname(file.path).toLowerCase()] ?? 'application/octet-stream');
  const range = chooseRange(request, file);
  if (range === 'unsatisfiable') {
    await file.handle.close();
    return reply
      .code(416)
      .header('content-range', `bytes */${file.size}`)
      .header('content-type', 'text/plain; charset=utf-8')
      .send(Buffer.from('invalid range\n'));
  }
  if (range !== undefined) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${file.size}`);
  const { start, end } = range ?? { start: 0, end: file.size - 1 };
  reply.header('content-length', end - start + 1);
  if (end < start) {
    await file.handle.close();
    return reply.send(Buffer.alloc(0));
  }
  return reply.send(file.handle.createReadStream({ start, end }));
}

function isUnchanged(request: FastifyRequest, { modifiedAtMs }: PublicFile): boolean {
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && modifiedAtMs <= since;
}

type Range = { readonly start: number; readonly end: number };

/** One range is served; several, or one for an older file, get the whole file. */
function chooseRange(request: FastifyRequest, { size, modifiedAtMs }: PublicFile): Range | 'unsatisfiable' | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');
  if (found === null || (found[1] === '' && found[2] === '')) return undefined;
  const condition = request.headers['if-range'];
  if (typeof condition === 'string' && Date.parse(condition) !== modifiedAtMs) return undefined;
  const [, first = '', last = ''] = found;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start >= size || end < start ? 'unsatisfiable' : { start, end };
}
