import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readItems, validateDataplane } from '../dataplane/index.ts';
import { decodeFrameJson } from '../json/index.ts';
import { type Frame, FrameError } from '../model/index.ts';
import { formatCsv, formatFrameTable, toJsonRows } from './index.ts';

const TYPES = [
  'timeseries-wide',
  'timeseries-long',
  'timeseries-multi',
  'numeric-wide',
  'log-lines',
  'heatmap-rows',
  'heatmap-cells',
  'table',
];
const KINDS: readonly (readonly [type: string, frame: string, cells: readonly unknown[]])[] = [
  ['time', 'time.Time', [1, null]],
  ['number', 'float64', [1.5, null]],
  ['number', 'int64', [1, 2]],
  ['string', 'string', ['a', null]],
  ['boolean', 'bool', [true, false]],
  ['enum', 'enum', [0, 1]],
  ['other', 'json.RawMessage', [{ a: 1 }, null]],
];

const anything = fc.jsonValue({ maxDepth: 3 });
const some = (...values: fc.Arbitrary<unknown>[]) => fc.oneof(anything, ...values);
const config = fc.record(
  {
    unit: fc.constantFrom('s', 'bytes', 'currency:', 'si:', 'time:', 'bool:', '__proto__', 'dateTimeFromNow', ':'),
    decimals: fc.nat(65535),
    mappings: fc.array(
      some(fc.record({ type: fc.constantFrom('value', 'range', 'special', 'regex'), options: some(fc.dictionary(fc.string(), anything)) })),
    ),
    type: fc.record({ enum: some(fc.record({ text: some(fc.array(anything)) })) }),
    noValue: fc.string(),
    displayName: fc.string(),
  },
  { requiredKeys: [] },
);
const frameJson = fc
  .record({
    fields: fc.array(
      fc.record({ kind: fc.constantFrom(...KINDS), config, name: fc.constantFrom('', 'body', 'timestamp', 'labels', 'x', 'yMin') }),
      { maxLength: 4 },
    ),
    type: fc.constantFrom(...TYPES),
    notices: fc.array(anything),
    custom: anything,
  })
  .map(({ fields, type, notices, custom }) =>
    JSON.stringify({
      schema: {
        meta: { type, typeVersion: [0, 1], notices, custom },
        fields: fields.map(({ kind, config, name }) => ({ name, type: kind[0], typeInfo: { frame: kind[1], nullable: true }, config })),
      },
      data: { values: fields.map(({ kind }) => kind[2]) },
    }),
  );

test('whatever config and meta hold, frames are shown, checked and read, or refused with a FrameError', () => {
  fc.assert(
    fc.property(frameJson, (text) => {
      const frame = refusable(() => decodeFrameJson(text));
      if (frame === undefined) return;
      assert.equal(typeof formatFrameTable(frame), 'string');
      for (const formatted of [true, false]) for (const chunk of formatCsv(frame, { formatted })) assert.equal(typeof chunk, 'string');
      for (const row of toJsonRows(frame)) JSON.stringify(row);
      assert.ok(Array.isArray(validateDataplane([frame])));
      refusable(() => readItems([frame, frame], { vectors: true, nameLabel: 'name' }));
    }),
    { numRuns: 500 },
  );
});

function refusable<T extends Frame | object>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    assert.ok(error instanceof FrameError, String(error));
    return undefined;
  }
}
