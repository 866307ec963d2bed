/** Who is at fault: the plugin itself, or the service that it asked. Grafana's alerting and its SLOs tell them apart. */
export type ErrorSource = 'plugin' | 'downstream';

/** Statuses that say that the request was wrong, which the plugin made. */
const pluginStatuses: ReadonlySet<number> = new Set([405, 406, 412, 413, 414, 416, 417, 426, 431, 501]);

/** Who is at fault when a service answers with a status of 400 and more, as Grafana's SDK sees it. */
export function errorSourceFromStatus(status: number): ErrorSource {
  return pluginStatuses.has(status) ? 'plugin' : 'downstream';
}

/** Facts that may come with an error of a handler. */
export interface SourcedErrorOptions extends ErrorOptions {
  /** HTTP-like status, 400 to 599; otherwise derived from the cause. */
  readonly status?: number;
}

/**
 * Thrown by a handler when the service behind the plugin is at fault: it refused, was unreachable, or said no.
 *
 * Its message is shown to the user who asked. The status is 502 unless given or known from the cause.
 */
export class DownstreamError extends Error {
  override readonly name = 'DownstreamError';
  readonly errorSource = 'downstream';
  readonly status: number | undefined;

  constructor(message: string, options: SourcedErrorOptions = {}) {
    super(message, options);
    this.status = options.status;
  }
}

/**
 * Thrown by a handler when the request, the settings or the plugin itself is at fault.
 *
 * Its message is shown to the user who asked. The status is 500 unless given.
 */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly errorSource = 'plugin';
  readonly status: number | undefined;

  constructor(message: string, options: SourcedErrorOptions = {}) {
    super(message, options);
    this.status = options.status;
  }
}

/** The codes of SdkError. */
export const sdkErrorCodes = [
  'declaration_invalid',
  'folder_not_found',
  'served_twice',
  'program_missing',
  'metric_conflict',
  'metric_invalid',
  'duration_invalid',
  'date_invalid',
  'time_zone_unknown',
  'macro_invalid',
  'sql_rows_unfit',
] as const;

/** Why the SDK refuses something. */
export type SdkErrorCode = (typeof sdkErrorCodes)[number];

/** What a user of the plugin wrote, in a query or in settings; the others are mistakes in the plugin's own code. */
const userCodes: ReadonlySet<SdkErrorCode> = new Set([
  'duration_invalid',
  'date_invalid',
  'time_zone_unknown',
  'macro_invalid',
  'sql_rows_unfit',
]);

/**
 * What the SDK refuses: a mistake in the plugin's code, found when it starts, or something that a user wrote.
 *
 * The latter has source and status, as Grafana's SDK says them (downstream, 400), so a handler may let it rise.
 */
export class SdkError extends Error {
  override readonly name = 'SdkError';
  readonly code: SdkErrorCode;
  declare readonly errorSource?: 'downstream';
  declare readonly status?: 400;

  constructor(code: SdkErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
    if (userCodes.has(code)) Object.assign(this, { errorSource: 'downstream', status: 400 });
  }
}
