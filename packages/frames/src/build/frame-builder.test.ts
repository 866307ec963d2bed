import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertSameFrame } from '../fixtures/assert-frames.ts';
import { sampleFrame } from '../fixtures/sample-frames.ts';
import { FIELD_KINDS } from '../model/index.ts';
import { createFrameBuilder, frameFromRows } from './index.ts';

const columns = [
  { name: 't', kind: 'time' },
  { name: 'v', kind: 'float64', nullable: false, labels: { host: 'a' }, config: { unit: 's' } },
  { name: 's', kind: 'string' },
] as const;

test('rows are taken by position or by name, and missing keys are null', () => {
  const builder = createFrameBuilder({ columns, name: 'n', refId: 'A', meta: { path: 'p' } });
  assert.equal(builder.append([new Date(1), 1.5, 'x']), true);
  assert.equal(builder.append({ v: 2 }), true);
  assert.equal(builder.length, 2);
  const built = builder.finish();
  assert.deepEqual([built.name, built.refId, built.meta?.path], ['n', 'A', 'p']);
  assert.deepEqual(
    built.fields.map((field) => field.toArray()),
    [
      [1_000_000n, null],
      [1.5, 2],
      ['x', null],
    ],
  );
  assert.deepEqual([built.fields[1].labels, built.fields[1].config], [{ host: 'a' }, { unit: 's' }]);
  assert.deepEqual(
    built.fields.map(({ nullable }) => nullable),
    [true, false, true],
  );
});

test('a row past a limit is left out, and the frame says so; the next frame starts afresh', () => {
  const builder = createFrameBuilder({ columns: [{ name: 's', kind: 'string' }], maxRows: 2, maxBytes: 10 });
  assert.equal(builder.append(['é€😀']), true);
  assert.equal(builder.byteLength, 9);
  assert.equal(builder.append(['ab']), false);
  assert.equal(builder.append(['a']), true);
  assert.equal(builder.append(['']), false);
  assert.deepEqual(builder.finish().meta?.notices, [{ severity: 'warning', text: 'Results have been limited to 10 bytes' }]);
  assert.equal(builder.append(['']), true);
  const next = builder.finish();
  assert.equal(next.meta, undefined);
  assert.deepEqual(next.fields[0].toArray(), ['']);
  assert.equal(builder.finish().length, 0);
});

test('a bad row names field and row, and nothing of it is taken', () => {
  const builder = createFrameBuilder({ columns });
  builder.append([0, 1, 'x']);
  assert.throws(() => builder.append([0, 'much', 'x']), { code: 'cell_invalid', message: /field "v".*row 1/ });
  assert.throws(() => builder.append({ s: 'x' }), { code: 'cell_invalid', message: /field "v".*row 1.*null/ });
  assert.throws(() => builder.append({ v: 1, w: 1 }), { code: 'cell_invalid', message: /field "w".*no column/ });
  assert.throws(() => builder.append([0, 1]), { code: 'cell_invalid', message: /2 values for 3 columns/ });
  assert.throws(() => builder.append([9e15, 1, '']), { code: 'cell_invalid', message: /field "t".*row 1/ });
  assert.equal(builder.length, 1);
  assert.equal(builder.finish().length, 1);
});

test('what the builder takes, it can always pack: checks come before, for every kind', () => {
  const values = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
    fc.string(),
    fc.boolean(),
    fc.date(),
    fc.constantFrom(null, undefined, {}, [], () => {}, -1, 255, 256, 65535, 65536, 2 ** 31, 2 ** 32, -0, 9e12),
  );
  const rows = fc.array(values, { maxLength: 20 });
  fc.assert(
    fc.property(fc.constantFrom(...FIELD_KINDS), fc.boolean(), rows, (kind, nullable, cells) => {
      const builder = createFrameBuilder({ columns: [{ name: 'c', kind, nullable }] });
      const taken = cells.filter((cell) => {
        try {
          return builder.append([cell]);
        } catch (error) {
          assert.equal((error as { code: string }).code, 'cell_invalid', String(error));
          return false;
        }
      });
      const expected = frameFromRows(
        [{ name: 'c', kind, nullable }],
        taken.map((cell) => [cell]),
      );
      assertSameFrame(builder.finish(), expected);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('many rows of every kind are packed in parts and come back whole', () => {
  const sample = sampleFrame(9000);
  const builder = createFrameBuilder({
    columns: sample.fields.map(({ name, kind, nullable }) => ({ name, kind, nullable })),
    name: 'sample',
    refId: 'A',
  });
  const cells = sample.fields.map((field) =>
    field.kind === 'json' ? field.toArray().map((cell) => (cell === null ? null : JSON.parse(cell as string))) : field.toArray(),
  );
  for (let row = 0; row < sample.length; row++) builder.append(cells.map((column) => column[row]));
  const built = builder.finish();
  for (const [index, field] of sample.fields.entries()) {
    const expected = field.kind === 'json' ? cells[index].map((cell) => (cell === null ? null : JSON.stringify(cell))) : field.toArray();
    assert.deepEqual(built.fields[index].toArray(), expected, field.name);
  }
});
