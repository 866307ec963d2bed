import assert from 'node:assert/strict';
import test from 'node:test';
import { crash } from './crash.ts';
import { look, type Slot, tokenOf } from './writers.ts';

test('a server that is killed during its writes keeps every change that it acknowledged, whole, with its secret', async (t) => {
  const { violations, ...figures } = await crash({ kills: 4, writers: 4, seed: 1 });
  t.diagnostic(JSON.stringify(figures));
  assert.deepEqual(violations, []);
  assert.ok(figures.acknowledged >= 4 && figures.killsDuringWrites >= 1, JSON.stringify(figures));
});

test('a lost change, a change of nobody, a mixture and an unreadable secret are told', async () => {
  const slot = (known: number | undefined, pending?: number): Slot => ({
    uid: 'a',
    known,
    pending: pending === undefined ? undefined : { state: pending },
  });
  const answers =
    (revision: number, token = tokenOf(slot(0), revision)) =>
    async () => ({
      status: 200,
      body: { message: JSON.stringify([revision, token]) },
    });
  const missing = async () => ({ status: 404, body: {} });
  assert.equal(await look(slot(1), answers(1)), undefined);
  assert.equal(await look(slot(1, 2), answers(2)), undefined);
  assert.equal(await look(slot(undefined), missing), undefined);
  assert.match((await look(slot(2), answers(1))) ?? '', /1 is there instead of 2/);
  assert.match((await look(slot(1, 2), answers(3))) ?? '', /3 is there instead of 1 or 2/);
  assert.match((await look(slot(1), missing)) ?? '', /nothing is there instead of 1/);
  assert.match((await look(slot(1), answers(1, 'secret of a at 2'))) ?? '', /its secret is secret of a at 2/);
  assert.match((await look(slot(1), async () => ({ status: 500, body: { message: 'no' } }))) ?? '', /500/);
});
