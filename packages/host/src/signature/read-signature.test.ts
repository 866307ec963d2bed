import assert from 'node:assert/strict';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { reformatKey, revokeKey } from 'openpgp';
import { clearSign, createPluginFolder, createSigningKey, type PluginFolder, type SigningKey } from './fixtures/signed-folder.ts';
import { GRAFANA_KEY_ID, type PluginSignature, readSignature, type SignaturePolicy } from './index.ts';

const files = { 'plugin.json': '{}', 'module.js': 'define()', 'img/logo.svg': '<svg/>', 'nested/deep/a..b.txt': 'x' };
const plugin = { id: 'acme-signed-datasource', version: '1.2.3' };
let acme: SigningKey;
let stranger: SigningKey;

before(async () => {
  [acme, stranger] = await Promise.all([createSigningKey(), createSigningKey()]);
});

async function signedFolder(overrides: Readonly<Record<string, unknown>> = {}, key = acme): Promise<PluginFolder> {
  const folder = await createPluginFolder(files);
  await folder.sign(key, overrides);
  return folder;
}

function read({ folder }: PluginFolder, policy: Partial<SignaturePolicy> = {}): Promise<PluginSignature> {
  return readSignature({ ...plugin, folder }, { trustRoots: [acme.armoredPublicKey], ...policy });
}

async function assertState(found: Promise<PluginSignature>, state: PluginSignature['state'], reason: RegExp): Promise<void> {
  const signature = await found;
  assert.equal(signature.state, state, JSON.stringify(signature));
  assert.match('reason' in signature ? signature.reason : '', reason);
}

describe('readSignature', () => {
  test('files as signed by a trusted key are valid, and say who signed [D26]', async () => {
    await using folder = await signedFolder();
    assert.deepEqual(await read(folder), { state: 'valid', type: 'community', org: 'Acme Inc.', keyId: acme.keyId });
  });

  test('a private one counts at the addresses that it names, and nowhere else [D14]', async () => {
    await using folder = await signedFolder({ signatureType: 'private', rootUrls: ['http://here.example/grafana'] });
    assert.equal((await read(folder, { rootUrl: 'http://here.example/grafana/' })).state, 'valid');
    await assertState(
      read(folder, { rootUrl: 'http://there.example/' }),
      'invalid',
      /signed for http:\/\/here\.example\/grafana, but this server is http:\/\/there\.example\//,
    );
    await assertState(read(folder), 'invalid', /this server is without an address; set root_url/);
  });

  test('one of several keys in one trust root counts', async () => {
    await using folder = await signedFolder();
    const { state } = await read(folder, { trustRoots: [stranger.armoredPublicKey, acme.armoredPublicKey] });
    assert.equal(state, 'valid');
  });

  test('without MANIFEST.txt, or with an empty one, a plugin is unsigned', async () => {
    await using folder = await createPluginFolder(files);
    await assertState(read(folder), 'unsigned', /has no MANIFEST.txt/);
    await writeFile(join(folder.folder, 'MANIFEST.txt'), 'too short');
    await assertState(read(folder), 'unsigned', /is empty/);
    if (process.platform === 'win32') return;
    await rm(join(folder.folder, 'MANIFEST.txt'));
    await symlink('/dev/zero', join(folder.folder, 'MANIFEST.txt'));
    await assertState(read(folder), 'unsigned', /cannot be read: it is no file/);
    await rm(join(folder.folder, 'MANIFEST.txt'));
    await mkdir(join(folder.folder, 'MANIFEST.txt'));
    await assertState(read(folder), 'unsigned', /cannot be read/);
  });

  test('an extra, a missing and a changed file are modified [D9]', async () => {
    await using extra = await signedFolder();
    await extra.write('img/extra.svg', '<svg/>');
    await assertState(read(extra), 'modified', /^img\/extra.svg is not in the manifest$/);
    await using missing = await signedFolder();
    await rm(join(missing.folder, 'module.js'));
    await assertState(read(missing), 'modified', /^module.js is missing$/);
    await using changed = await signedFolder();
    await changed.write('module.js', 'evil()');
    await assertState(read(changed), 'modified', /^module.js is not the file that was signed$/);
  });

  test('another id or version than plugin.json has is modified', async () => {
    await using folder = await signedFolder({ plugin: 'acme-other-datasource' });
    await assertState(read(folder), 'modified', /signed as acme-other-datasource, not as acme-signed-datasource/);
    await using newer = await signedFolder({ version: '9.9.9' });
    await assertState(read(newer), 'modified', /version 9.9.9 was signed, not 1.2.3/);
  });

  test('a manifest that names a path outside is modified, and that path is not read', async () => {
    await using folder = await signedFolder({ files: { '../../../etc/passwd': 'x' } });
    await assertState(read(folder), 'modified', /is not in the manifest/);
  });

  test('a link to a file inside counts as that file; links that lead out or to folders are modified', async () => {
    await using inside = await createPluginFolder({ 'plugin.json': '{}', 'a.txt': 'same', 'b.txt': 'same' });
    await inside.sign(acme);
    await rm(join(inside.folder, 'b.txt'));
    await symlink('a.txt', join(inside.folder, 'b.txt'));
    assert.equal((await read(inside)).state, 'valid');
    await using outside = await signedFolder();
    await symlink('/etc/hostname', join(outside.folder, 'z'));
    await assertState(read(outside), 'modified', /z is a link that leads out of the folder/);
    await using loop = await signedFolder();
    await symlink('nested', join(loop.folder, 'z'));
    await assertState(read(loop), 'modified', /z is a link to something else than a file/);
  });
});

describe('the signature itself', () => {
  test('a changed text, a text that is not signed and one that is not JSON are invalid [D26]', async () => {
    await using folder = await signedFolder();
    const manifest = join(folder.folder, 'MANIFEST.txt');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace('1.2.3', '1.2.4'));
    await assertState(read(folder), 'invalid', /signature does not hold/);
    await writeFile(manifest, '{"plugin": "acme-signed-datasource"}');
    await assertState(read(folder), 'invalid', /not clear-signed/);
    await writeFile(manifest, await clearSign('no JSON', acme));
    await assertState(read(folder), 'invalid', /not JSON/);
  });

  test('a stranger does not count, nor does who names a key of somebody else', async () => {
    await using folder = await signedFolder({}, stranger);
    await assertState(read(folder), 'invalid', new RegExp(`signed by key ${stranger.keyId}, which is not trusted`));
    await using pretender = await signedFolder({ keyId: acme.keyId }, stranger);
    const trustRoots = [stranger.armoredPublicKey, acme.armoredPublicKey];
    await assertState(read(pretender, { trustRoots }), 'invalid', /names key \w+ but was signed by/);
  });

  test('a revoked key does not count [D30]', async () => {
    await using folder = await signedFolder();
    const { privateKey, revocationCertificate } = await reformatKey({
      privateKey: acme.privateKey,
      userIDs: [{ name: 'Acme' }],
      format: 'object',
    });
    const { publicKey } = await revokeKey({
      key: privateKey.toPublic(),
      revocationCertificate: String(revocationCertificate),
      format: 'armored',
    });
    await assertState(read(folder, { trustRoots: [publicKey] }), 'invalid', /revoked/i);
  });

  test('a trust root that is no key is named', async () => {
    await using folder = await signedFolder();
    await assertState(read(folder, { trustRoots: ['nonsense'] }), 'invalid', /trust root 1 is not an armored OpenPGP public key/);
  });

  test("Grafana's key may be unknown, unless the policy wants it known", async () => {
    await using folder = await signedFolder({ keyId: GRAFANA_KEY_ID, signatureType: 'grafana' }, stranger);
    assert.deepEqual(await read(folder, { trustRoots: [] }), {
      state: 'unverified',
      type: 'grafana',
      org: 'Acme Inc.',
      keyId: GRAFANA_KEY_ID,
    });
    await assertState(read(folder, { requireKnownKey: true }), 'invalid', /not trusted/);
    await assertState(read(folder, { trustRoots: [stranger.armoredPublicKey] }), 'invalid', /names key/);
    await folder.write('module.js', 'evil()');
    await assertState(read(folder), 'modified', /module.js/);
  });
});

describe('what a manifest must say [D8] [D27]', () => {
  const wrong: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ plugin: '' }, /plugin is empty/],
    [{ version: undefined }, /version is missing/],
    [{ keyId: '' }, /keyId is empty/],
    [{ signedByOrg: '' }, /signedByOrg is empty/],
    [{ signedByOrgName: '' }, /signedByOrgName is empty/],
    [{ signatureType: 'acme' }, /signatureType "acme" is not one of grafana, commercial/],
    [{ signatureType: undefined }, /signatureType \(missing\)/],
    [{ time: 0 }, /time is zero/],
    [{ files: {} }, /files lists no file/],
    [{ files: ['plugin.json'] }, /files is missing or no list/],
    [{ manifestVersion: undefined, signatureType: undefined }, /manifestVersion is missing/],
    [{ manifestVersion: '1.0.0' }, /not 2.x/],
    [{ rootUrls: 'http://localhost' }, /rootUrls is no list/],
  ];
  for (const [overrides, reason] of wrong) {
    test(`${JSON.stringify(overrides, (_, value) => value ?? null)} is invalid`, async () => {
      await using folder = await signedFolder(overrides);
      await assertState(read(folder), 'invalid', reason);
    });
  }
});
