import type { ServerCall } from '@backplane/protocol/grpc';
import type { ConversionResponse, Init, ConversionRequest as ProtoConversionRequest } from '@backplane/protocol/pluginv2';
import type { ConversionHandler, QueryConversionHandler } from '../conversion.ts';
import { PluginError } from '../errors.ts';
import type { JsonObject } from '../schema.ts';
import type { PluginRuntime } from './plugin-runtime.ts';
import { runGlobalHandler, toBytes } from './run-global-handler.ts';

/** Who converts what. */
export interface ConversionHandlers {
  readonly convert: ConversionHandler | undefined;
  readonly convertQueries: QueryConversionHandler | undefined;
}

const jsonType = 'application/json';

/**
 * Answers ConvertObjects. Hosts ask for queries by the same call: objects that all are requests with queries go to
 * `convertQueries`, and come back as one object for each query. (Go's SDK takes any JSON object for such a request.)
 */
export function convertObjects(
  runtime: PluginRuntime,
  { convert, convertQueries }: ConversionHandlers,
  request: ProtoConversionRequest,
  call: ServerCall,
): Promise<Init<ConversionResponse>> {
  return runGlobalHandler(runtime, { endpoint: 'convertObjects', pluginContext: request.pluginContext, call }, async (context) => {
    const queries = convertQueries === undefined ? undefined : queriesOf(request);
    const { uid, objects, targetVersion } = request;
    if (queries !== undefined) return { uid, objects: toProto(await convertQueries?.(queries, context)) };
    if (convert === undefined) throw new PluginError('the plugin converts queries only', { status: 501 });
    const converted = await convert(
      {
        objects: objects.map(({ raw, contentType }) => ({ bytes: raw, contentType })),
        target: { group: targetVersion?.group ?? '', version: targetVersion?.version ?? '' },
      },
      context,
    );
    if (!Array.isArray(converted)) throw new TypeError('convert must return an array with one object for each that it was given');
    if (converted.length !== objects.length)
      throw new PluginError(`convert was given ${objects.length} objects and gave ${converted.length} back`);
    return { uid, objects: toProto(converted) };
  });
}

function toProto(values: readonly unknown[] = []): Init<ConversionResponse>['objects'] {
  return values.map((value) => ({ raw: toBytes(value), contentType: jsonType }));
}

/** The queries of all objects in a row; undefined when one of them is something else. */
function queriesOf({ objects }: ProtoConversionRequest): JsonObject[] | undefined {
  const requests = objects.map(({ raw, contentType }) => (contentType === jsonType ? queriesIn(raw) : undefined));
  return requests.every((each) => each !== undefined) ? requests.flat() : undefined;
}

function queriesIn(bytes: Uint8Array): JsonObject[] | undefined {
  try {
    const { queries, Queries = queries } = JSON.parse(Buffer.from(bytes).toString()) as { queries?: unknown; Queries?: unknown };
    return Array.isArray(Queries) ? (Queries as JsonObject[]) : undefined;
  } catch {
    return undefined; // no JSON: an object of another kind
  }
}
