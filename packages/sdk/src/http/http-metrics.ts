import type { MetricsRegistry } from '../metrics/index.ts';

/** Bounds of response sizes, 128 B to 8 GiB, as Grafana's SDK has them. */
const sizes = Array.from({ length: 27 }, (_, i) => 128 * 2 ** i);
const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100];

/** Counts one request. */
export interface RequestMeter {
  /** With the status once the headers are there; undefined when there will be none. */
  answered(status: number | undefined): void;
  /** With the bytes of the body, once it has ended. */
  read(bytes: number): void;
}

/** Makes a meter of outgoing requests, under the names and labels of Grafana's SDK. */
export function createHttpMetrics(metrics: MetricsRegistry, type: string): (method: string, endpoint: string) => RequestMeter {
  const common = ['datasource_type', 'secure_socks_ds_proxy_enabled', 'endpoint'] as const;
  const detailed = ['datasource_type', 'code', 'method', 'secure_socks_ds_proxy_enabled', 'endpoint'] as const;
  const requests = metrics.counter('plugins_datasource_request_total', {
    help: 'A counter for outgoing requests for an external data source',
    labels: detailed,
  });
  const durations = metrics.histogram('plugins_datasource_request_duration_seconds', {
    help: 'histogram of durations of outgoing external data source requests sent from Grafana',
    labels: detailed,
    buckets: seconds,
  });
  const inFlight = metrics.gauge('plugins_datasource_request_in_flight', {
    help: 'A gauge of outgoing external data source requests currently being sent by Grafana',
    labels: common,
  });
  const sizeHistogram = metrics.histogram('plugins_datasource_response_size_bytes', {
    help: 'histogram of external data source response sizes returned to Grafana',
    labels: common,
    buckets: sizes,
  });
  const sizeGauge = metrics.gauge('plugins_datasource_response_size', {
    help: 'gauge of data source response sizes returned to Grafana in bytes',
    labels: common,
  });
  const typeLabel = labelOf(type);
  return (method, endpoint) => {
    const labels = { datasource_type: typeLabel, secure_socks_ds_proxy_enabled: 'false', endpoint };
    const startedAtMs = performance.now();
    inFlight.inc(labels);
    return {
      answered(status) {
        inFlight.dec(labels);
        // As in Go, what has no answer is not counted.
        if (status === undefined) return;
        const detail = { ...labels, code: String(status), method: method.toLowerCase() };
        requests.inc(detail);
        durations.observe(detail, (performance.now() - startedAtMs) / 1000);
      },
      read(bytes) {
        sizeHistogram.observe(labels, bytes);
        sizeGauge.set(labels, bytes);
      },
    };
  };
}

/** Go keeps letters, digits and underscores of a data source's type, and makes underscores of blanks. */
function labelOf(type: string): string {
  return type
    .replaceAll(' ', '_')
    .replace(/[^A-Za-z0-9_]/g, '')
    .replace(/^\d+/, '');
}
