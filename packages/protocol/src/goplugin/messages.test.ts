import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { ConnInfoSchema, StdioDataSchema } from '../gen/goplugin_pb.js';
import { HealthCheckRequestSchema, HealthCheckResponseSchema, HealthListResponseSchema } from '../gen/health_pb.js';
import { brokerStartStream, controllerShutdown, healthCheck, healthList, streamStdio } from './messages.ts';

test('the helper messages have the bytes of the generated ones', () => {
  const same = (mine: Uint8Array, theirs: Uint8Array) => assert.deepEqual([...mine], [...theirs]);
  same(
    healthCheck.request.encode({ service: 'plugin' }),
    toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service: 'plugin' })),
  );
  same(healthCheck.response.encode({ status: 1 }), toBinary(HealthCheckResponseSchema, create(HealthCheckResponseSchema, { status: 1 })));
  const statuses = { '': { status: 1 }, plugin: { status: 1 } };
  same(healthList.response.encode({ statuses }), toBinary(HealthListResponseSchema, create(HealthListResponseSchema, { statuses })));
  const output = { channel: 2, data: Uint8Array.of(1, 2) };
  same(streamStdio.response.encode(output), toBinary(StdioDataSchema, create(StdioDataSchema, output)));
  assert.equal(controllerShutdown.request.encode({}).length, 0);
});

test('the helper messages are read back', () => {
  assert.deepEqual(healthCheck.request.decode(healthCheck.request.encode({ service: 'x' })), { service: 'x' });
  assert.deepEqual(healthCheck.response.decode(healthCheck.response.encode({ status: 3 })), { status: 3 });
  assert.deepEqual(healthList.response.decode(healthList.response.encode({ statuses: { a: { status: 2 } } })), {
    statuses: { a: { status: 2 } },
  });
  const { channel, data } = streamStdio.response.decode(streamStdio.response.encode({ channel: 1, data: Uint8Array.of(7) }));
  assert.deepEqual([channel, ...data], [1, 7]);
});

test('a broker announcement survives without being understood', () => {
  const bytes = toBinary(ConnInfoSchema, create(ConnInfoSchema, { serviceId: 7, network: 'unix', address: '/s', knock: { knock: true } }));
  assert.deepEqual([...brokerStartStream.request.encode(brokerStartStream.request.decode(bytes))], [...bytes]);
});
