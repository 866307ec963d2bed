import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeArrow, encodeArrow } from '../arrow/index.ts';
import type { FieldConfig } from '../model/index.ts';
import { enumeration, field, float64, frame } from './index.ts';

test('an enumeration takes words or indexes, with colours, and its words travel in the config', () => {
  const given = enumeration(['down', 'up', null, 0], { text: ['up', 'down'], color: ['green', 'red'], config: { unit: 'x' } });
  assert.deepEqual(field('state', given).toArray(), [1, 0, null, 0]);
  assert.deepEqual(given.config, { unit: 'x', type: { enum: { text: ['up', 'down'], color: ['green', 'red'] } } });
  assert.deepEqual(enumeration(['b', 'a', 'b']).config, { type: { enum: { text: ['b', 'a'] } } });
  const configured = enumeration(['a'], { config: { type: { enum: { text: ['z', 'a'] } } } });
  assert.equal(field('e', configured).get(0), 1);
  assert.equal(enumeration([1, 2]).config, undefined);
  const indexes = new Uint16Array([1, 0]);
  assert.equal(enumeration(indexes, { text: ['a', 'b'] }).column.values.buffer, indexes.buffer);
  assert.throws(() => enumeration(['up', 'sideways'], { text: ['up'] }), { code: 'cell_invalid', message: /row 1.*one of \["up"\]/ });
});

test('display config with thresholds, mappings and links survives Arrow', () => {
  const config: FieldConfig = {
    displayName: 'Load',
    unit: 'percent',
    decimals: 1,
    min: 0,
    max: 100,
    color: { mode: 'thresholds' },
    thresholds: {
      mode: 'absolute',
      steps: [
        { value: null, color: 'green' },
        { value: 80, color: 'red', state: 'bad' },
      ],
    },
    mappings: [
      { type: 'value', options: { '0': { text: 'idle', color: 'blue', index: 0 } } },
      { type: 'range', options: { from: 1, to: null, result: { text: 'busy' } } },
      { type: 'special', options: { match: 'null+nan', result: { text: 'unknown' } } },
    ],
    links: [
      { title: 'Host', url: 'https://example.org/__field.labels.host', targetBlank: true },
      {
        title: 'Logs',
        internal: {
          datasourceUid: 'logs',
          datasourceName: 'Logs',
          query: { expr: 'x' },
          transformations: [{ type: 'regex', field: 'host', expression: '(.*)', mapValue: 'h' }],
          timeRange: { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' },
        },
      },
    ],
    noValue: '-',
    custom: { lineWidth: 2 },
  };
  const built = frame('', { load: float64([1], { labels: { host: 'a' }, config }) });
  const [read] = decodeArrow(encodeArrow(built)).fields;
  assert.deepEqual(read.config, config);
  assert.deepEqual(read.labels, { host: 'a' });
});
