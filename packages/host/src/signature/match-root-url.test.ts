import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchesRootUrl } from './match-root-url.ts';

const globs: readonly (readonly [allowed: string, rootUrl: string, isMatch: boolean])[] = [
  ['https://*.example.com/', 'https://test.example.com/', true],
  ['https://*.example.com/', 'https://more.test.example.com/', false],
  ['https://*.example.com/', 'https://example.com/', false],
  ['https://**.example.com/', 'https://more.test.example.com/', true],
  ['https://example.com/*', 'https://example.com/grafana', true],
  ['https://example.com/*', 'https://example.com/grafana/', true],
  ['https://example.com/*/', 'https://example.com/grafana', true],
  ['https://example.com/*', 'https://example.com/grafana/sub', false],
  ['https://example.com/**', 'https://example.com/grafana/sub', true],
  ['https://*.example.com/*', 'https://test.example.com/grafana', true],
  ['https://*.example.com/*', 'http://test.example.com/grafana', false],
  ['https://*', 'https://example.com', false],
  ['https://*:3000', 'https://localhost:3000/', true],
  ['https://example.com:*', 'https://example.com:8080', true],
  ['https://example.?om', 'https://example.com', true],
  ['https://ex.mple.com', 'https://example.com', false],
  ['not an address', 'https://example.com', false],
];

describe('matchesRootUrl [D14] [D28] [D29]', () => {
  for (const [allowed, rootUrl, isMatch] of globs) {
    test(`${allowed} ${isMatch ? 'takes' : 'refuses'} ${rootUrl}`, () => {
      assert.equal(matchesRootUrl([allowed], rootUrl, 'private-glob'), isMatch);
    });
  }

  test('what is made to take for ever is answered at once', () => {
    const rootUrl = `https://${'a'.repeat(60)}.example.com/`;
    for (const allowed of [`https://${'**'.repeat(1_000)}b`, `https://${'**?'.repeat(40)}b`, `${'/'.repeat(2_000_000)}b`]) {
      assert.equal(matchesRootUrl([allowed], rootUrl, 'private-glob'), false);
    }
    assert.equal(matchesRootUrl([`https://${'**a'.repeat(30)}.example.**`], rootUrl, 'private-glob'), true);
  });

  test('without globs, scheme, host and cleaned path must be the same; a slash at the end does not matter', () => {
    const isPrivate = (allowed: string, rootUrl: string) => matchesRootUrl([allowed], rootUrl, 'private');
    assert.equal(isPrivate('http://localhost:3000/grafana', 'http://localhost:3000/grafana/'), true);
    assert.equal(isPrivate('http://LOCALHOST:3000/a/../grafana//', 'http://localhost:3000/grafana'), true);
    assert.equal(isPrivate('http://localhost:3000', 'https://localhost:3000'), false);
    assert.equal(isPrivate('http://localhost:3000', 'http://localhost:3001'), false);
    assert.equal(isPrivate('http://localhost/a', 'http://localhost/b'), false);
    assert.equal(isPrivate('https://*.example.com', 'https://test.example.com'), false);
  });
});
