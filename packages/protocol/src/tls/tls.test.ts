import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { encodeDer, objectIdentifier, time, unsignedInteger } from './der.ts';
import { createIdentity } from './index.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('DER', () => {
  test('lengths take one, two and three bytes', () => {
    for (const [length, head] of [
      [0, '0400'],
      [127, '047f'],
      [128, '048180'],
      [255, '0481ff'],
      [256, '04820100'],
      [65_535, '0482ffff'],
    ] as const)
      assert.equal(hex(encodeDer(4, new Uint8Array(length))).slice(0, head.length), head, `${length}`);
    assert.throws(() => encodeDer(4, new Uint8Array(65_536)), RangeError);
  });

  test('integers are positive and as short as can be', () => {
    for (const [bytes, encoded] of [
      [[0, 0], '020100'],
      [[0x7f], '02017f'],
      [[0x80], '02020080'],
      [[0, 0, 1, 0], '02020100'],
    ] as const)
      assert.equal(hex(unsignedInteger(Uint8Array.from(bytes))), encoded);
  });

  test('object identifiers have parts of any size', () => {
    assert.equal(hex(objectIdentifier('1.2.840.10045.4.3.2')), '06082a8648ce3d040302');
    assert.equal(hex(objectIdentifier('2.5.29.17')), '0603551d11');
  });

  test('the year 2050 changes how a time is written', () => {
    const text = (moment: string) => Buffer.from(time(new Date(moment))).toString('latin1');
    assert.equal(text('2049-12-31T23:59:59.999Z'), '\x17\x0d491231235959Z');
    assert.equal(text('2050-01-01T00:00:00Z'), '\x18\x0f20500101000000Z');
  });
});

describe('an identity', () => {
  test('is a certificate for localhost that signed itself, valid from half a minute ago for thirty years', async () => {
    const now = Date.parse('2026-03-04T05:06:07Z');
    const { der, certPem, keyPem } = await createIdentity({ now });
    const certificate = new X509Certificate(der);
    assert.equal(certificate.toString(), certPem);
    assert.equal(certificate.checkHost('localhost'), 'localhost');
    assert.equal(certificate.subject, 'O=Backplane\nCN=localhost');
    assert.equal(certificate.issuer, certificate.subject);
    assert.ok(certificate.verify(certificate.publicKey) && certificate.checkIssued(certificate));
    assert.ok(certificate.checkPrivateKey(createPrivateKey(keyPem)));
    assert.equal(certificate.ca, true);
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']);
    assert.deepEqual([certificate.validFrom, certificate.validTo], ['Mar  4 05:05:37 2026 GMT', 'Mar  3 17:06:07 2056 GMT']);
  });

  test('is a new one every time', async () => {
    const [one, two] = await Promise.all([createIdentity(), createIdentity()]);
    assert.notEqual(one.keyPem, two.keyPem);
    assert.notEqual(new X509Certificate(one.der).serialNumber, new X509Certificate(two.der).serialNumber);
  });
});
