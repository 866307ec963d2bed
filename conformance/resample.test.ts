import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Downsampler, decodeFrameJson, type Frame, resample, type Upsampler } from '@backplane/frames';
import { conformanceFolder } from './support/paths.ts';

interface Exchange {
  readonly id: string;
  readonly request: { readonly body: string };
  readonly response: { readonly body: { readonly results?: Readonly<Record<string, { readonly frames: readonly unknown[] }>> } };
}

interface Query {
  readonly type?: string;
  readonly window?: string;
  readonly downsampler?: Downsampler;
  readonly upsampler?: Upsampler;
}

const lines = readFileSync(join(conformanceFolder, 'recordings/exchanges/85-expressions.jsonl'), 'utf8').trim().split('\n');
const resamplings = lines
  .map((line) => JSON.parse(line) as Exchange)
  .filter(({ id, response }) => id.startsWith('expr-resample-') && response.body.results?.B?.frames.length === 1);

test('the recordings have every way to fill a gap and most ways to join points', () => {
  assert.ok(resamplings.length >= 8, `${resamplings.length} exchanges`);
});

for (const { id, request, response } of resamplings) {
  test(`${id}: a series is resampled to the points that Grafana made of it`, () => {
    const { from, to, queries } = JSON.parse(request.body) as { from: string; to: string; queries: readonly Query[] };
    const { window = '', downsampler = 'mean', upsampler = 'pad' } = queries.find(({ type }) => type === 'resample') ?? {};
    const frameOf = (refId: string) => decodeFrameJson(JSON.stringify(response.body.results?.[refId]?.frames[0]));
    const intervalMs = Number.parseInt(window, 10) * (window.endsWith('m') ? 60_000 : 1000);
    const ours = resample(frameOf('A'), { fromMs: Number(from), toMs: Number(to), intervalMs, down: downsampler, up: upsampler });
    const contentOf = (frame: Frame) => frame.fields.map((field) => [field.kind, field.nullable, field.toArray()]);
    assert.deepEqual(contentOf(ours), contentOf(frameOf('B')));
  });
}
