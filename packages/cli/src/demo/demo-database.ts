import { existsSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { readingAt, SENSORS, STEP_MS } from './readings.ts';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
/** Marks our files, by SQLite's own means ("Bpd" and a version): a file without it is not ours to continue. */
const APPLICATION_ID = 0x42706401;

/** How a demo database is made. */
export interface DemoOptions {
  /** The same seed and time give the same rows; 1 by default. */
  readonly seed?: number;
  /** Epoch milliseconds; the last reading is from the full hour before. The present by default. */
  readonly nowMs?: number;
}

/** What was done. */
export interface DemoResult {
  readonly created: boolean;
  readonly addedRows: number;
}

/**
 * Makes a database with a year of sensor readings up to the last full hour: tables `sensors` and `readings`.
 * It is built beside its place and then renamed, so nobody ever sees half of it.
 */
export function createDemoDatabase(path: string, { seed = 1, nowMs = Date.now() }: DemoOptions = {}): DemoResult {
  const partial = `${path}.partial`;
  rmSync(partial, { force: true });
  const database = new DatabaseSync(partial);
  try {
    // Nothing to protect before the rename; it makes this a second instead of many.
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
    database.exec(SCHEMA);
    const endMs = lastFullHour(nowMs);
    addSensors(database, endMs - YEAR_MS);
    const addedRows = addReadings(database, seed, endMs - YEAR_MS + STEP_MS, endMs);
    database.exec(
      `CREATE INDEX readings_time ON readings (time); PRAGMA application_id = ${APPLICATION_ID}; PRAGMA synchronous = FULL; ANALYZE`,
    );
    database.close();
    renameSync(partial, path);
    return { created: true, addedRows };
  } catch (error) {
    if (database.isOpen) database.close();
    rmSync(partial, { force: true });
    throw error;
  }
}

/**
 * Makes the demo database unless it is there, and continues its readings up to now when it is: `now-6h` always has data.
 *
 * @throws Error when the file is there but is none of ours
 */
export function ensureDemoDatabase(path: string, { seed = 1, nowMs = Date.now() }: DemoOptions = {}): DemoResult {
  if (!existsSync(path)) return createDemoDatabase(path, { seed, nowMs });
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    const mark = database.prepare('PRAGMA application_id').get()?.application_id;
    if (mark !== APPLICATION_ID) throw new Error(`${path} is no demo database of this version; move it away to have a new one made`);
    const last = Number(database.prepare('SELECT max(time) AS last FROM readings').get()?.last ?? 0);
    const endMs = lastFullHour(nowMs);
    const startMs = Math.max(last + STEP_MS, endMs - YEAR_MS + STEP_MS);
    return { created: false, addedRows: startMs > endMs ? 0 : addReadings(database, seed, startMs, endMs) };
  } finally {
    database.close();
  }
}

const SCHEMA = `
CREATE TABLE sensors (id TEXT PRIMARY KEY, room TEXT NOT NULL, floor INTEGER NOT NULL, model TEXT NOT NULL, installed DATE NOT NULL);
CREATE TABLE readings (
  time TIMESTAMP NOT NULL, -- epoch milliseconds
  sensor TEXT NOT NULL REFERENCES sensors (id),
  room TEXT NOT NULL,
  temperature REAL,
  humidity REAL,
  battery INTEGER,
  ok BOOLEAN NOT NULL
);
`;

function addSensors(database: DatabaseSync, startMs: number): void {
  const insert = database.prepare('INSERT INTO sensors VALUES (?, ?, ?, ?, ?)');
  const installed = new Date(startMs).toISOString().slice(0, 10);
  for (const { id, room, floor, model } of SENSORS) insert.run(id, room, floor, model, installed);
}

function addReadings(database: DatabaseSync, seed: number, startMs: number, endMs: number): number {
  const insert = database.prepare('INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?, ?)');
  let added = 0;
  database.exec('BEGIN');
  for (let time = startMs; time <= endMs; time += STEP_MS) {
    for (const [index, { id, room }] of SENSORS.entries()) {
      const reading = readingAt(seed, index, time);
      insert.run(time, id, room, reading.temperature, reading.humidity, reading.battery, reading.ok);
      added++;
    }
  }
  database.exec('COMMIT');
  return added;
}

function lastFullHour(nowMs: number): number {
  return Math.floor(nowMs / HOUR_MS) * HOUR_MS;
}
