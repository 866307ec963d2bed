import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import { ErrorInfoSchema, StatusSchema } from '../gen/rpc_status_pb.js';
import { decodeErrorDetails, decodeErrorSource, encodeErrorDetails } from './index.ts';

test('error details are a google.rpc.Status with one ErrorInfo that names the source', () => {
  const bytes = encodeErrorDetails({ code: 2, message: 'é failed', errorSource: 'downstream' });
  const status = fromBinary(StatusSchema, bytes);
  assert.equal(status.code, 2);
  assert.equal(status.message, 'é failed');
  assert.equal(status.details.length, 1);
  assert.equal(status.details[0]?.typeUrl, 'type.googleapis.com/google.rpc.ErrorInfo');
  assert.deepEqual(anyUnpack(status.details[0]!, ErrorInfoSchema)?.metadata, { errorSource: 'downstream' });
});

test('details without a source carry code and message alone', () => {
  const bytes = encodeErrorDetails({ code: 8, message: 'full' });
  assert.deepEqual(decodeErrorDetails(bytes), { code: 8, message: 'full', errorSource: undefined });
  assert.equal(fromBinary(StatusSchema, bytes).details.length, 0);
});

test('the source is found beside other details and other metadata', () => {
  const other = anyPack(StatusSchema, create(StatusSchema, { code: 1 }));
  const info = anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: 'r', domain: 'd', metadata: { a: 'b', errorSource: 'plugin' } }));
  const bytes = toBinary(StatusSchema, create(StatusSchema, { code: 2, details: [other, info] }));
  assert.equal(decodeErrorSource(bytes), 'plugin');
});

test('an unknown source, absent details and damaged details mean no source', () => {
  const info = anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { metadata: { errorSource: 'weather' } }));
  assert.equal(decodeErrorSource(toBinary(StatusSchema, create(StatusSchema, { details: [info] }))), undefined);
  assert.equal(decodeErrorSource(undefined), undefined);
  assert.equal(decodeErrorSource(Uint8Array.from([0x12, 9, 1])), undefined);
});
