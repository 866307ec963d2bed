import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frame, int64 } from '@backplane/frames';
import { failureDocument, healthDocument, queryDocument, resourceDocument, streamDocument, subscribeDocument } from './report.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('health: jsonDetails is JSON inside the document, null when there is none', () => {
  assert.equal(
    healthDocument({ status: 'OK', message: 'a "b"', jsonDetails: bytes('{"n":9223372036854775807}') }),
    '{"status":"OK","message":"a \\"b\\"","jsonDetails":{"n":9223372036854775807}}',
  );
  assert.deepEqual(JSON.parse(healthDocument({ status: 'ERROR', message: '', jsonDetails: bytes('') })), {
    status: 'ERROR',
    message: '',
    jsonDetails: null,
  });
  assert.equal(JSON.parse(healthDocument({ status: 'OK', message: '', jsonDetails: bytes('no json') })).jsonDetails, 'no json');
});

test('query: frames are frame JSON with all digits, errors stand beside them', () => {
  const document = queryDocument({
    responses: new Map([
      ['A', { status: 200, frames: [frame('f', { n: int64([9_223_372_036_854_775_807n]) }, { refId: 'A' })] }],
      ['B', { status: 400, error: 'no such table: x', errorSource: 'downstream' as const, frames: [] }],
    ]),
  });
  assert.ok(document.includes('"values":[[9223372036854775807]]'), document);
  const { responses } = JSON.parse(document);
  assert.deepEqual(Object.keys(responses.A), ['status', 'frames']);
  assert.equal(responses.A.frames[0].schema.fields[0].name, 'n');
  assert.deepEqual(responses.B, { status: 400, error: 'no such table: x', errorSource: 'downstream', frames: [] });
});

test('resource: code, headers, number of messages, body', () => {
  assert.deepEqual(JSON.parse(resourceDocument({ status: 201, headers: { 'X-A': ['1', '2'] }, parts: [bytes('h'), bytes('ällo')] })), {
    code: 201,
    headers: { 'X-A': ['1', '2'] },
    messages: 2,
    body: 'hällo',
  });
  assert.deepEqual(JSON.parse(resourceDocument({ status: 200, headers: {}, parts: [new Uint8Array([0xff, 0])] })), {
    code: 200,
    headers: {},
    messages: 1,
    body: '/wA=',
    bodyEncoding: 'base64',
  });
});

test('subscribe, run and failures', () => {
  assert.equal(subscribeDocument({ status: 'NOT_FOUND', data: bytes('') }), '{"status":"NOT_FOUND","data":null}');
  assert.equal(streamDocument([bytes('{"a":\n1}'), bytes('2')], 'OK'), '{"packets":[{"a": 1},2],"end":"OK"}');
  assert.equal(streamDocument([], 'ERROR', new Error('gone')), '{"packets":[],"end":"ERROR","error":"gone","grpcCode":null}');
  assert.equal(failureDocument(new Error('it "failed"')), '{"error":"it \\"failed\\"","grpcCode":null}');
});
