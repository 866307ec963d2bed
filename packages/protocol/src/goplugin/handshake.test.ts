import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatHandshake, ProtocolError, type ProtocolErrorCode, parseHandshake } from './index.ts';

const unix = { network: 'unix', path: '/tmp/plugin3907069140' } as const;
/** A self-signed P-256 certificate for localhost: DER in base64 without padding. */
const CERTIFICATE =
  'MIIBqDCCAU2gAwIBAgIULVefAx1sTMkUwCmXnpYxhVITJnQwCgYIKoZIzj0EAwIwKDESMBAGA1UECgwJQmFja3BsYW5lMRIwEAYDVQQDDAlsb2NhbGhvc3QwIBcNMjYxMTIyMTkxNDI4WhgPMjEyNjEwMjkxOTE0MjhaMCgxEjAQBgNVBAoMCUJhY2twbGFuZTESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWIoHdEhj38suttIHcI3CPLkKYCLbbGfS1UsdEPxYa4I+punMNbnKzV8PstYodB9Ic4lT9nEh9Q/CyeS41ShOGKNTMFEwHQYDVR0OBBYEFEFYxi0vXqINn+nnDXhEIOqKg44KMB8GA1UdIwQYMBaAFEFYxi0vXqINn+nnDXhEIOqKg44KMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAOubXB2wEzyL3FbbrsSAjc6kjBWT8TjbMJHYfWDbep5yAiEAgn1cg52tpPI9KMnMZE4DMe2aH2+XUdSIwpeeSvIUj70';

describe('reading the handshake', () => {
  test('the six fields of a genuine plugin, trailing pipe included', () => {
    assert.deepEqual(parseHandshake('1|2|unix|/tmp/plugin3907069140|grpc|'), {
      coreVersion: 1,
      appVersion: 2,
      address: unix,
      protocol: 'grpc',
    });
  });

  test('five fields, seven fields and unknown further ones', () => {
    for (const line of [
      '1|2|unix|/tmp/plugin3907069140|grpc',
      '1|2|unix|/tmp/plugin3907069140|grpc||true',
      '1|2|unix|/tmp/plugin3907069140|grpc||true|x',
    ]) {
      assert.deepEqual(parseHandshake(line).address, unix, line);
    }
  });

  test('blanks and CRLF around the line do not matter', () => {
    assert.deepEqual(parseHandshake(' \t1|2|unix|/tmp/plugin3907069140|grpc|\r\n').address, unix);
  });

  test('signs and leading zeros in versions are numbers, as for Go', () => {
    assert.equal(parseHandshake('+1|02|unix|/s|grpc|').appVersion, 2);
  });

  test('tcp addresses: with a host, without one, IPv6', () => {
    const address = (text: string) => parseHandshake(`1|2|tcp|${text}|grpc|`).address;
    assert.deepEqual(address('127.0.0.1:10000'), { network: 'tcp', host: '127.0.0.1', port: 10_000 });
    assert.deepEqual(address(':54321'), { network: 'tcp', host: '127.0.0.1', port: 54_321 });
    assert.deepEqual(address('[::1]:123'), { network: 'tcp', host: '::1', port: 123 });
    assert.deepEqual(address('localhost:080'), { network: 'tcp', host: 'localhost', port: 80 });
  });

  test('a sixth field of up to 50 characters is no certificate', () => {
    for (const text of ['abc', 'x'.repeat(50), '!'.repeat(50)])
      assert.equal(parseHandshake(`1|2|unix|/s|grpc|${text}`).serverCert, undefined);
  });

  test('a longer sixth field is the certificate, as DER', () => {
    const { serverCert } = parseHandshake(`1|2|unix|/s|grpc|${CERTIFICATE}`);
    assert.equal(Buffer.from(serverCert!).toString('base64').replace(/=+$/, ''), CERTIFICATE);
    assert.equal(formatHandshake({ address: { network: 'unix', path: '/s' }, serverCert }), `1|2|unix|/s|grpc|${CERTIFICATE}\n`);
  });

  const failures: readonly (readonly [line: string | undefined, code: ProtocolErrorCode, start: string])[] = [
    ['Warning: something', 'handshake_unrecognized', 'Unrecognized remote plugin message: Warning: something\nThe first line'],
    ['', 'handshake_unrecognized', 'Unrecognized remote plugin message: \nThe first line'],
    ['1|2|unix', 'handshake_unrecognized', 'Unrecognized remote plugin message: 1|2|unix\n'],
    [undefined, 'handshake_unrecognized', "Unrecognized remote plugin message: \nFailed to read any lines from plugin's stdout\n"],
    ['x|2|unix|/s|grpc|', 'handshake_core_unparsable', 'error parsing core protocol version: strconv.Atoi: parsing "x": invalid syntax'],
    ['|2|unix|/s|grpc|', 'handshake_core_unparsable', 'error parsing core protocol version: strconv.Atoi: parsing "": invalid syntax'],
    [
      '2|2|unix|/s|grpc|',
      'handshake_core_incompatible',
      'incompatible core API version with plugin. Plugin version: 2, Core version: 1\n\n',
    ],
    ['1|zz|unix|/s|grpc|', 'handshake_app_unparsable', 'Error parsing protocol version "zz": strconv.Atoi: parsing "zz": invalid syntax'],
    [
      '1|99999999999999999999|unix|/s|grpc|',
      'handshake_app_unparsable',
      'Error parsing protocol version "99999999999999999999": strconv.Atoi: parsing "99999999999999999999": value out of range',
    ],
    ['1|1|unix|/s|grpc|', 'handshake_app_incompatible', 'incompatible API version with plugin. Plugin version: 1, Client versions: [2]'],
    ['1|2|pipe|/s|grpc|', 'handshake_network_unknown', 'unknown address type: /s'],
    ['1|2|tcp|notanaddress|grpc|', 'handshake_address_invalid', 'address notanaddress: missing port in address'],
    ['1|2|tcp|127.0.0.1:99999|grpc|', 'handshake_address_invalid', 'address 99999: invalid port'],
    ['1|2|tcp|127.0.0.1:-1|grpc|', 'handshake_address_invalid', 'address -1: invalid port'],
    ['1|2|tcp|127.0.0.1:abc|grpc|', 'handshake_address_invalid', 'lookup tcp/abc: unknown port'],
    ['1|2|tcp|::1:123|grpc|', 'handshake_address_invalid', 'address ::1:123: too many colons in address'],
    ['1|2|tcp|[::1|grpc|', 'handshake_address_invalid', "address [::1: missing ']' in address"],
    ['1|2|tcp|a[b:80|grpc|', 'handshake_address_invalid', "address a[b:80: unexpected '[' in address"],
    ['1|2|unix|/s|foo|', 'handshake_protocol_unsupported', 'unsupported plugin protocol "foo". Supported: [grpc]'],
    ['1|2|unix|/s', 'handshake_protocol_unsupported', 'unsupported plugin protocol "netrpc". Supported: [grpc]'],
    ['1|2|unix|/s||', 'handshake_protocol_unsupported', 'unsupported plugin protocol "". Supported: [grpc]'],
    [`1|2|unix|/s|grpc|${'a'.repeat(60)}=`, 'handshake_cert_invalid', 'error parsing server cert: illegal base64 data at input byte 60'],
    [`1|2|unix|/s|grpc|${'a'.repeat(60)}`, 'handshake_cert_invalid', 'error parsing server cert: '],
    [`1|2|unix|/s|grpc|${CERTIFICATE.slice(0, -8)}`, 'handshake_cert_invalid', 'error parsing server cert: '],
  ];
  for (const [line, code, start] of failures) {
    test(`${JSON.stringify(line)?.slice(0, 60) ?? 'no line at all'} fails with ${code} in go-plugin's words`, () => {
      const error = failureOf(line);
      assert.equal(error.code, code);
      assert.equal(error.fault, 'plugin');
      assert.equal(error.message.slice(0, start.length), start);
    });
  }
});

describe('writing the handshake', () => {
  test('it is six fields and LF, byte by byte', () => {
    assert.equal(formatHandshake({ address: unix }), '1|2|unix|/tmp/plugin3907069140|grpc|\n');
    assert.equal(formatHandshake({ address: { network: 'tcp', host: '127.0.0.1', port: 10_000 } }), '1|2|tcp|127.0.0.1:10000|grpc|\n');
    assert.equal(formatHandshake({ address: { network: 'tcp', host: '::1', port: 1 } }), '1|2|tcp|[::1]:1|grpc|\n');
  });

  test('a certificate is base64 without padding', () => {
    assert.equal(formatHandshake({ address: unix, serverCert: Uint8Array.of(0xff, 0xfe) }), '1|2|unix|/tmp/plugin3907069140|grpc|//4\n');
  });
});

function failureOf(line: string | undefined): ProtocolError {
  try {
    parseHandshake(line);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('the line was taken');
}
