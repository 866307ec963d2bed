import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchAppRoute, matchDataSourceRoute } from './match-route.ts';
import { boldestReading, climbsOut, joinPaths, toRequestPath } from './proxy-path.ts';
import type { RouteSettings } from './route-settings.ts';

const route = (path: string, more: Partial<RouteSettings> = {}): RouteSettings => ({
  path,
  method: '',
  url: '',
  reqRole: '',
  reqAction: '',
  headers: [],
  urlParams: [],
  authType: '',
  tokenAuth: undefined,
  jwtTokenAuth: undefined,
  body: undefined,
  ...more,
});
const isOpen = ({ reqRole }: RouteSettings) => reqRole === '';
const ask = (routes: RouteSettings[], method: string, path: string) => {
  const match = matchDataSourceRoute(routes, method, path, isOpen);
  return match.kind === 'route' ? match.route.path : match.kind;
};

test('a data source route is found by how the cleaned path begins, in order, by method [E16]', () => {
  const routes = [route('api/post', { method: 'POST' }), route('api'), route('apix')];
  assert.deepEqual(
    ['api', 'api/post', 'apix/y', '//api//z', 'x/../api', 'other', 'API'].map((path) => ask(routes, 'GET', path)),
    ['api', 'api', 'api', 'api', 'api', 'none', 'none'],
  );
  assert.equal(ask(routes, 'POST', 'api/post/1'), 'api/post');
  assert.equal(ask([route('')], 'GET', 'anything'), '');
});

test('the role of a route holds under every spelling of its path [E17]', () => {
  const routes = [route('secure'), route('admin', { reqRole: 'Admin' }), route('write', { method: 'POST', reqRole: 'Admin' })];
  for (const path of [
    'admin/x',
    'ADMIN/x',
    '/admin',
    '//admin/x',
    './admin',
    'x/../admin',
    'x/%2e%2e/admin',
    'x/%252e%252e/admin',
    'x%2f..%2fadmin',
    '%61dmin/x',
    'secure/..%5cadmin',
    'secure/..;a=1/admin',
    'write/1',
    `x/%${'25'.repeat(40)}41`,
  ]) {
    assert.equal(ask(routes, 'GET', path), 'denied', path);
  }
  assert.equal(ask(routes, 'GET', 'secure/x'), 'secure');
  assert.equal(ask([route('both', { method: 'GET' }), route('both', { method: 'POST', reqRole: 'Admin' })], 'GET', 'both'), 'both');
});

test('an app route is a pattern', () => {
  const routes = [route('open/*'), route('things/:id/parts'), route('exact'), route('del/*', { method: 'DELETE' })];
  const find = (method: string, path: string) => {
    const match = matchAppRoute(routes, method, path);
    return match === undefined ? undefined : [match.route.path, match.rest];
  };
  assert.deepEqual(find('GET', 'open/a/b/'), ['open/*', 'a/b']);
  assert.deepEqual(find('GET', 'open//a'), ['open/*', '/a']);
  assert.deepEqual(find('GET', 'open/%61'), ['open/*', 'a']);
  assert.deepEqual(find('GET', '/things/7/parts'), ['things/:id/parts', '']);
  assert.deepEqual(find('DELETE', 'del/1'), ['del/*', '1']);
  for (const path of ['open', 'OPEN/x', 'exact/more', 'things/7', 'del/1', 'open/%zz']) assert.equal(find('GET', path), undefined, path);
});

test('paths are joined with one slash, read boldly, and sent as printable ASCII', () => {
  assert.deepEqual(
    [joinPaths('/a', 'b'), joinPaths('/a/', '/b'), joinPaths('/a', ''), joinPaths('', 'b'), joinPaths('/a', '//b')],
    ['/a/b', '/a/b', '/a', '/b', '/a//b'],
  );
  assert.equal(boldestReading('A%2F%2e%2e/./B;x=1//c'), 'b/c');
  assert.equal(boldestReading(`%${'25'.repeat(9)}41`), undefined);
  assert.deepEqual(['a/../b', 'a/../../b', '%2e%2e', '..%2f', 'a\\..\\..', '..;/x', '...'].map(climbsOut), [
    false,
    true,
    true,
    true,
    true,
    true,
    false,
  ]);
  assert.equal(toRequestPath('/a b\u00e9'), '/a%20b%C3%A9');
});
