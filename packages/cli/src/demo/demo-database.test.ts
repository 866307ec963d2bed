import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createDemoDatabase, ensureDemoDatabase } from './index.ts';

const NOW = Date.UTC(2026, 4, 17, 13, 42);

function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-demo-'));
  return { path: join(folder, 'demo.db'), folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

function query(path: string, sql: string): Record<string, unknown> {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return { ...database.prepare(sql).get() };
  } finally {
    database.close();
  }
}

test('a year of readings ends at the last full hour, with some nulls, and leaves no partial file', () => {
  using place = scratch();
  const { created, addedRows } = createDemoDatabase(place.path, { seed: 7, nowMs: NOW });
  assert.equal(created, true);
  assert.ok(addedRows >= 100_000, `${addedRows} rows`);
  const facts = query(
    place.path,
    'SELECT count(*) AS rows, min(time) AS first, max(time) AS last, count(DISTINCT sensor) AS sensors FROM readings',
  );
  assert.deepEqual(facts, {
    rows: addedRows,
    first: Date.UTC(2025, 4, 17, 13, 30),
    last: Date.UTC(2026, 4, 17, 13),
    sensors: 12,
  });
  const nulls = query(
    place.path,
    'SELECT sum(temperature IS NULL) AS temperature, sum(humidity IS NULL) AS humidity, sum(ok = 0) AS broken FROM readings',
  );
  assert.ok(Number(nulls.humidity) > Number(nulls.temperature) && Number(nulls.temperature) > 0);
  assert.equal(nulls.temperature, nulls.broken);
  assert.equal(existsSync(`${place.path}.partial`), false);
});

test('the same seed and time give the same rows, another seed gives others', () => {
  using place = scratch();
  const digest = 'SELECT sum(temperature) AS t, sum(humidity) AS h, sum(battery) AS b FROM readings WHERE time > 1778000000000';
  const make = (name: string, seed: number) => {
    createDemoDatabase(join(place.folder, name), { seed, nowMs: NOW });
    return query(join(place.folder, name), digest);
  };
  const first = make('a.db', 1);
  assert.deepEqual(make('b.db', 1), first);
  assert.notDeepEqual(make('c.db', 2), first);
});

test('a database made earlier is continued up to now, as if it had been made now', () => {
  using place = scratch();
  createDemoDatabase(place.path, { nowMs: NOW - 5 * 3_600_000 });
  assert.deepEqual(ensureDemoDatabase(place.path, { nowMs: NOW }), { created: false, addedRows: 12 * 10 });
  assert.deepEqual(ensureDemoDatabase(place.path, { nowMs: NOW }), { created: false, addedRows: 0 });
  const whole = join(place.folder, 'whole.db');
  assert.equal(ensureDemoDatabase(whole, { nowMs: NOW }).created, true);
  const tail = `SELECT count(*) AS n, sum(temperature) AS t FROM readings WHERE time > ${NOW - 9 * 3_600_000}`;
  assert.deepEqual(query(place.path, tail), query(whole, tail));
});

test('a file that is no demo database is left alone', () => {
  using place = scratch();
  const database = new DatabaseSync(place.path);
  database.exec('CREATE TABLE mine (a); INSERT INTO mine VALUES (1)');
  database.close();
  assert.throws(() => ensureDemoDatabase(place.path), /is no demo database of this version; move it away/);
  assert.deepEqual(query(place.path, 'SELECT a FROM mine'), { a: 1 });
});

test('a place that cannot be written is an error, and no half of a database stays', () => {
  using place = scratch();
  assert.throws(() => createDemoDatabase(join(place.folder, 'absent', 'demo.db')), /unable to open database file/);
  mkdirSync(place.path);
  writeFileSync(join(place.path, 'file'), '');
  assert.throws(() => createDemoDatabase(place.path), /EISDIR|ENOTEMPTY|EEXIST/);
  assert.deepEqual(readdirSync(place.folder), ['demo.db']);
});
