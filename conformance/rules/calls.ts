import { differs, rulesOf } from './rule.ts';

const { host, plugin } = rulesOf('calls');
const CLIENT_V2 = 'grafana pkg/plugins/backendplugin/grpcplugin/client_v2.go';
const FROM_PROTO = 'grafana-plugin-sdk-go backend/convert_from_protobuf.go';
const RESOURCES = 'grafana pkg/api/plugin_resource.go';
const ERROR_SOURCE = 'grafana-plugin-sdk-go backend/error_source_middleware.go';
const DATA_ADAPTER = 'grafana-plugin-sdk-go backend/data_adapter.go';
const MANAGE = 'grafana-plugin-sdk-go internal/automanagement/manager.go';
const HEADERS = 'grafana-plugin-sdk-go backend/http_headers.go';
const INSTANCES = 'grafana-plugin-sdk-go backend/instancemgmt';

/** What each call means. */
export const callRules = [
  host(
    100,
    'host-sends-sub-messages',
    ['always sends plugin context, time range, kind and target version, which Go reads without asking', FROM_PROTO],
    'proved',
  ),
  host(101, 'host-sends-exact-integers', ['sends 64-bit integers without losing digits', 'pluginv2 backend.proto'], 'proved'),
  host(102, 'host-health-not-implemented', ['reports UNKNOWN for a plugin without health check', CLIENT_V2], 'proved'),
  host(103, 'host-metrics-not-implemented', ['reports no metrics for a plugin without them', CLIENT_V2], 'proved'),
  host(
    104,
    'host-maps-query-errors',
    ['maps the codes of a failed query to its own errors and keeps the error source', CLIENT_V2],
    'proved',
  ),
  host(105, 'host-decodes-by-reply', ['decodes frames by the format that each reply names', FROM_PROTO], 'proved'),
  host(106, 'host-fills-ref-id', ['fills an empty refId of a frame with the key of its response', FROM_PROTO], 'proved'),
  host(107, 'host-mends-status', ['takes a status outside 100 to 599 for 500', FROM_PROTO], 'proved'),
  host(108, 'host-chunked-falls-back', ['asks with QueryData when chunked queries are not implemented', CLIENT_V2], 'proved'),
  host(109, 'host-chunked-merges', ['joins chunks of one frame, starts new ones and passes error items on', CLIENT_V2], 'proved'),
  host(
    110,
    'host-streams-resources',
    ['takes status and headers from the first message and passes each part on at once', RESOURCES],
    'proved',
  ),
  host(111, 'host-cleans-headers', ['drops Set-Cookie and hop-by-hop headers, and adds a content type', RESOURCES], 'proved'),
  host(112, 'host-resource-path', ['sends the path without leading slash, and the query in url only', RESOURCES], 'proved'),
  host(113, 'host-empty-resource', ['fails when a resource call ends without any message', RESOURCES], 'proved'),
  host(
    114,
    'host-runs-streams',
    [
      'ends a stream on a packet that is no JSON, runs it again after an error, not after its end',
      'grafana pkg/services/live/runstream/manager.go',
    ],
    'proved',
  ),
  host(115, 'host-injects-trace', ['sends traceparent', CLIENT_V2], 'proved'),
  host(116, 'host-prefixes-headers', ['gives forwarded headers the prefix http_', HEADERS], 'proved'),
  plugin(117, 'plugin-answers-in-format', ['answers in the format that was asked for and names it', DATA_ADAPTER], 'proved'),
  plugin(118, 'plugin-sets-status', ['sets status 200 on success and a valid one on failure', DATA_ADAPTER], 'proved'),
  plugin(119, 'plugin-fills-ref-id', ['gives its frames the refId of their query', DATA_ADAPTER], 'proved'),
  plugin(
    120,
    'plugin-survives-throw',
    ['ends a call whose handler throws with Unknown and its message, and lives on', ERROR_SOURCE],
    differs('an error that a handler throws becomes the error of its query or resource, not of the whole call'),
  ),
  plugin(121, 'plugin-error-source', ['sends the error source in details whose code equals grpc-status', ERROR_SOURCE], 'proved'),
  plugin(
    122,
    'plugin-maps-abort',
    ['ends an aborted call with Canceled, one out of time with DeadlineExceeded', 'grpc-go status.FromContextError'],
    'proved',
  ),
  plugin(123, 'plugin-unimplemented', ['answers Unimplemented where it has no handler, never UNKNOWN', MANAGE], 'proved'),
  plugin(
    124,
    'plugin-resource-code',
    ['sends a valid code with the first message of a resource call, whatever its handler does', RESOURCES],
    'proved',
  ),
  plugin(125, 'plugin-stops-after-cancel', ['stops producing after a cancel, without an error of its own', 'grpc-go stream.go'], 'proved'),
  plugin(126, 'plugin-waits-for-reader', ['produces no faster than its reader reads', 'RFC 9113 §5.2'], 'proved'),
  plugin(127, 'plugin-reads-headers', ['reads headers with and without the prefix http_, in any case', HEADERS], 'proved'),
  plugin(128, 'plugin-minimal-context', ['accepts a context without user, settings and jsonData', FROM_PROTO], 'proved'),
  plugin(129, 'plugin-zero-time', ['accepts an update time before 1970', FROM_PROTO], 'proved'),
  plugin(130, 'plugin-unknown-fields', ['ignores fields and enum values it does not know', 'Protocol Buffers encoding'], 'proved'),
  plugin(
    131,
    'plugin-health-instance-error',
    ['reports an instance that cannot be made as health ERROR, not as a failed call', MANAGE],
    'proved',
  ),
  plugin(
    132,
    'plugin-metrics-text',
    ['answers metrics as text exposition', 'grafana-plugin-sdk-go backend/diagnostics_adapter.go'],
    'proved',
  ),
  plugin(133, 'plugin-tenants', ['makes an instance per tenantid', 'grafana-plugin-sdk-go backend/tenant_middleware.go'], 'proved'),
  plugin(134, 'plugin-renews-instance', ['makes a new instance when the update time or the configuration changes', INSTANCES], 'proved'),
];
