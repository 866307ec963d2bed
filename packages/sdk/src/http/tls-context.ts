import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { describeError } from '../classify-error.ts';
import { PluginError } from '../errors.ts';
import type { HttpTls } from './http-settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Makes what every TLS connection of one client shares. Parsing the roots takes tens of milliseconds: once is enough.
 *
 * Without a CA of its own it trusts `SSL_CERT_FILE` and `SSL_CERT_DIR` of the environment, as Go does, or else the roots
 * of Node and of the machine.
 *
 * @throws PluginError status 400 when a certificate or key of the settings cannot be read; it shows neither
 */
export function createTlsContext(tls: HttpTls | undefined, env: Environment): SecureContext {
  const ca = tls?.ca === undefined ? environmentRoots(env) : [tls.ca];
  try {
    if (tls?.key !== undefined) createPrivateKey(tls.key);
    return createSecureContext({ ca: ca ?? machineRoots(), cert: tls?.certificate, key: tls?.key });
  } catch (error) {
    const what = tls?.certificate === undefined && tls?.key === undefined ? 'tlsCACert' : 'tlsCACert, tlsClientCert or tlsClientKey';
    throw new PluginError(`invalid settings: ${what} is no PEM text that can be used (${describeError(error)})`, { status: 400 });
  }
}

let roots: string[] | undefined;

function machineRoots(): string[] {
  roots ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return roots;
}

/** @throws PluginError when a file that the environment names cannot be read */
function environmentRoots({ SSL_CERT_FILE: file, SSL_CERT_DIR: folders }: Environment): string[] | undefined {
  if (!file && !folders) return undefined;
  try {
    const inFolders = (folders || '')
      .split(':')
      .filter((folder) => folder !== '')
      .flatMap(certificatesIn);
    return [...(file ? [readFileSync(file, 'utf8')] : []), ...inFolders];
  } catch (error) {
    throw new PluginError(`SSL_CERT_FILE or SSL_CERT_DIR cannot be read: ${describeError(error)}`);
  }
}

function certificatesIn(folder: string): string[] {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return files.map(({ name }) => readFileSync(join(folder, name), 'utf8')).filter((text) => text.includes('-----BEGIN CERTIFICATE-----'));
}
