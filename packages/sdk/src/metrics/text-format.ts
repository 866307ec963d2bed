import type { Metric, Sample } from './metric.ts';

/** Writes metrics in the Prometheus text exposition format 0.0.4. */
export function formatMetrics(metrics: Iterable<Metric>): string {
  let text = '';
  for (const metric of metrics) {
    text += `# HELP ${metric.name} ${escapeHelp(metric.help)}\n# TYPE ${metric.name} ${metric.type}\n`;
    for (const sample of metric.samples()) text += formatSample(metric, sample);
  }
  return text;
}

function formatSample({ name, labels }: Metric, { suffix, labelValues, extra, value }: Sample): string {
  const pairs = labels.map((label, i) => `${label}="${escapeValue(labelValues[i] ?? '')}"`);
  if (extra !== undefined) pairs.push(`${extra[0]}="${extra[1]}"`);
  return `${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${formatNumber(value)}\n`;
}

function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeValue(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

/** Puts expositions one after another; of metrics with the same name the first is kept, as readers take no second one. */
export function joinExpositions(texts: readonly string[]): string {
  const seen = new Set<string>();
  let joined = '';
  for (const text of texts) {
    const names = new Set<string>();
    let isKept = true;
    for (const line of text.split('\n')) {
      const name = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1];
      if (name !== undefined) {
        isKept = !seen.has(name);
        names.add(name);
      }
      if (isKept && line !== '' && line !== '# EOF') joined += `${line}\n`;
    }
    for (const name of names) seen.add(name);
  }
  return joined;
}
