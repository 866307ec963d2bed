import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import * as gen from '../gen/pluginv2_pb.js';
import type { MessageCodec } from '../wire/index.ts';
import * as ours from './index.ts';

// The generated code is the oracle for the hand-written one: same bytes, same values, both directions.

const text = fc.string({ unit: 'binary', maxLength: 40 });
const bytes = fc.uint8Array({ maxLength: 300 });
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, -1n, 127n, 128n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)),
);
const int32 = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31)));
const key = text.filter((value) => value !== '__proto__');
const map = <T>(value: fc.Arbitrary<T>) => fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const list = <T>(value: fc.Arbitrary<T>) => fc.array(value, { maxLength: 4 });
const message = <T extends object>(fields: { [Key in keyof T]: fc.Arbitrary<T[Key]> }) => fc.record(fields);

const user = message({ login: text, name: text, email: text, role: text });
const app = message({ jsonData: bytes, decryptedSecureJsonData: map(text), lastUpdatedMS: int64, apiVersion: text });
const dataSource = message({
  id: int64,
  name: text,
  url: text,
  user: text,
  database: text,
  basicAuthEnabled: fc.boolean(),
  basicAuthUser: text,
  jsonData: bytes,
  decryptedSecureJsonData: map(text),
  lastUpdatedMS: int64,
  uid: text,
  apiVersion: text,
});
const context = message({
  orgId: int64,
  pluginId: text,
  user: optional(user),
  appInstanceSettings: optional(app),
  dataSourceInstanceSettings: optional(dataSource),
  grafanaConfig: map(text),
  pluginVersion: text,
  userAgent: text,
  apiVersion: text,
  namespace: text,
});
const timeRange = message({ fromEpochMS: int64, toEpochMS: int64 });
const query = message({
  refId: text,
  maxDataPoints: int64,
  intervalMS: int64,
  timeRange: optional(timeRange),
  json: bytes,
  queryType: text,
});
const queryRequest = message({ pluginContext: optional(context), headers: map(text), queries: list(query), format: int32 });
const response = message({ frames: list(bytes), error: text, jsonMeta: bytes, status: int32, errorSource: text, format: int32 });
const headers = map(message({ values: list(text) }));
const streamRequest = message({ pluginContext: optional(context), path: text, data: bytes, headers: map(text) });
const streamResponse = message({ status: int32, data: bytes });
const result = message({ status: text, message: text, reason: text, code: int32 });
const objects = list(message({ raw: bytes, contentType: text }));
const validation = { allowed: fc.boolean(), result: optional(result), warnings: list(text) };

interface Case {
  readonly name: string;
  readonly schema: DescMessage;
  readonly codec: MessageCodec<object>;
  readonly values: fc.Arbitrary<object>;
}

/** The values must fit both shapes, so a field that is named or typed differently does not compile. */
function pair<Desc extends DescMessage, T extends object>(
  schema: Desc,
  codec: MessageCodec<T>,
  values: fc.Arbitrary<MessageInitShape<Desc> & Parameters<typeof codec.encode>[0] & object>,
): Case {
  return { name: schema.name, schema, codec: codec as unknown as MessageCodec<object>, values };
}

const cases: readonly Case[] = [
  pair(gen.QueryDataRequestSchema, ours.queryDataRequest, queryRequest),
  pair(gen.QueryDataResponseSchema, ours.queryDataResponse, message({ responses: map(response) })),
  pair(gen.QueryChunkedDataRequestSchema, ours.queryChunkedDataRequest, queryRequest),
  pair(
    gen.QueryChunkedDataResponseSchema,
    ours.queryChunkedDataResponse,
    message({ refId: text, frameId: text, frame: bytes, error: text, status: int32, errorSource: text, format: int32 }),
  ),
  pair(
    gen.CallResourceRequestSchema,
    ours.callResourceRequest,
    message({ pluginContext: optional(context), path: text, method: text, url: text, headers, body: bytes }),
  ),
  pair(gen.CallResourceResponseSchema, ours.callResourceResponse, message({ code: int32, headers, body: bytes })),
  pair(gen.CheckHealthRequestSchema, ours.checkHealthRequest, message({ pluginContext: optional(context), headers: map(text) })),
  pair(gen.CheckHealthResponseSchema, ours.checkHealthResponse, message({ status: int32, message: text, jsonDetails: bytes })),
  pair(gen.CollectMetricsRequestSchema, ours.collectMetricsRequest, message({ pluginContext: optional(context) })),
  pair(gen.CollectMetricsResponseSchema, ours.collectMetricsResponse, message({ metrics: optional(message({ prometheus: bytes })) })),
  pair(gen.SubscribeStreamRequestSchema, ours.subscribeStreamRequest, streamRequest),
  pair(gen.SubscribeStreamResponseSchema, ours.subscribeStreamResponse, streamResponse),
  pair(gen.PublishStreamRequestSchema, ours.publishStreamRequest, streamRequest),
  pair(gen.PublishStreamResponseSchema, ours.publishStreamResponse, streamResponse),
  pair(gen.RunStreamRequestSchema, ours.runStreamRequest, streamRequest),
  pair(gen.StreamPacketSchema, ours.streamPacket, message({ data: bytes })),
  pair(
    gen.AdmissionRequestSchema,
    ours.admissionRequest,
    message({
      pluginContext: optional(context),
      operation: int32,
      kind: optional(message({ group: text, version: text, kind: text })),
      objectBytes: bytes,
      oldObjectBytes: bytes,
    }),
  ),
  pair(gen.ValidationResponseSchema, ours.validationResponse, message(validation)),
  pair(gen.MutationResponseSchema, ours.mutationResponse, message({ ...validation, objectBytes: bytes })),
  pair(
    gen.ConversionRequestSchema,
    ours.conversionRequest,
    message({ pluginContext: optional(context), uid: text, objects, targetVersion: optional(message({ group: text, version: text })) }),
  ),
  pair(gen.ConversionResponseSchema, ours.conversionResponse, message({ uid: text, result: optional(result), objects })),
];

describe('hand-written messages against generated ones', () => {
  for (const { name, schema, codec, values } of cases) {
    test(`${name} is written to the same bytes and read to the same values`, () => {
      fc.assert(
        fc.property(values, (value) => {
          const theirs = toBinary(schema, create(schema, value as MessageInitShape<typeof schema>));
          const mine = codec.encode(value);
          assert.equal(hex(mine), hex(theirs));
          assert.equal(hex(Buffer.concat(codec.measure(value).toParts())), hex(theirs));
          assert.deepEqual(plain(codec.decode(mine)), plain(fromBinary(schema, mine)));
          const passing = Buffer.concat([Buffer.of(0xff), mine, Buffer.of(0xff)]);
          const kept = codec.decodePassing(passing, 1, 1 + mine.length);
          passing.fill(0xee);
          assert.deepEqual(plain(kept), plain(fromBinary(schema, mine)));
        }),
        { numRuns: 60 },
      );
    });

    test(`${name} merges two messages written one after the other, and keeps fields it does not know`, () => {
      fc.assert(
        fc.property(values, values, unknownFields, (first, second, unknown) => {
          const input = Buffer.concat([codec.encode(first), unknown, codec.encode(second)]);
          const theirs = fromBinary(schema, input);
          const mine = codec.decode(input);
          assert.deepEqual(plain(mine), plain(theirs));
          assert.equal(hex(codec.encode(mine)), hex(toBinary(schema, theirs)));
        }),
        { numRuns: 30 },
      );
    });

    test(`${name} read from damaged bytes is what the generated code reads, or a ProtocolError`, () => {
      fc.assert(
        fc.property(
          values,
          fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
          fc.nat(),
          (value, edits, cut) => {
            const input = Uint8Array.from(codec.encode(value));
            for (const [at, byte] of edits) if (input.length > 0) input[at % input.length] = byte;
            const damaged = cut % 3 === 0 && input.length > 0 ? input.subarray(0, cut % input.length) : input;
            const mine = attempt(() => codec.decode(damaged));
            if (mine instanceof Error) assert.ok(ours.isProtocolError(mine, 'message_malformed'), String(mine.stack));
            const theirs = attempt(() => fromBinary(schema, damaged));
            if (!(mine instanceof Error) && !(theirs instanceof Error)) assert.deepEqual(plain(mine), plain(theirs));
          },
        ),
        { numRuns: 100 },
      );
    });
  }
});

/** Fields 100 to 200 of all wire types, which no message of ours has. */
const unknownFields = fc
  .array(
    fc
      .tuple(fc.integer({ min: 100, max: 200 }), fc.constantFrom(0, 1, 2, 5), fc.uint8Array({ minLength: 8, maxLength: 8 }))
      .map(([no, wireType, data]) => {
        const tag = Buffer.from([((no << 3) & 0x7f) | wireType | 0x80, (no << 3) >>> 7]);
        const body = { 0: [data[0] & 0x7f], 1: [...data], 2: [8, ...data], 5: [...data.subarray(0, 4)] }[wireType] ?? [];
        return Buffer.concat([tag, Uint8Array.from(body)]);
      }),
    { maxLength: 3 },
  )
  .map((fields) => Buffer.concat(fields));

function attempt<T>(run: () => T): T | Error {
  try {
    return run();
  } catch (error) {
    return error as Error;
  }
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}

/** A comparable copy: bytes as hex, absent fields left out, no type names. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `hex:${hex(value)}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, field]) => name !== '$typeName' && field !== undefined)
      .map(([name, field]) => [name, plain(field)]),
  );
}
