import { type Frame, quoteName } from '../model/index.ts';

/** Everything that can be found about frames of the data plane contract; `docs/errors.md` explains each. */
export const DATAPLANE_FINDING_CODES = [
  'type_missing',
  'type_unknown',
  'type_deprecated',
  'type_mixed',
  'version_missing',
  'version_newer',
  'frame_ignored',
  'frame_without_fields',
  'time_missing',
  'time_nullable',
  'time_unsorted',
  'time_repeated',
  'value_missing',
  'value_ignored',
  'item_repeated',
  'rows_ignored',
  'dimension_missing',
  'dimension_repeated',
  'labels_ignored',
  'log_field_missing',
  'log_field_kind',
  'log_labels_shape',
  'log_view_missing',
  'heatmap_axis_missing',
  'heatmap_field_kind',
  'heatmap_bound_invalid',
  'listing_field_missing',
] as const;

/** Closed list of what can be found. */
export type DataplaneFindingCode = (typeof DATAPLANE_FINDING_CODES)[number];

/** One thing that is wrong with frames, or that their author should know. */
export interface DataplaneFinding {
  /** `error`: Grafana refuses the frames, or data is lost or misread. `warning`: it works, but not everywhere, or not for long. */
  readonly severity: 'error' | 'warning';
  readonly code: DataplaneFindingCode;
  /** Index of the frame. */
  readonly frame: number;
  /** Index of the field in that frame, when one field is to blame. */
  readonly field: number | undefined;
  /** What is wrong, naming frame and field. */
  readonly message: string;
  /** How to mend it. */
  readonly fix: string;
}

/** A finding before its frame and field are put into words. */
export interface FindingInput {
  readonly code: DataplaneFindingCode;
  /** Index of the frame. */
  readonly frame: number;
  /** Index of the field in that frame, when one field is to blame. */
  readonly field?: number;
  /** What is wrong, without naming frame and field. */
  readonly problem: string;
  /** How to mend it. */
  readonly fix: string;
}

/** Collects findings about the frames of one response. */
export class FindingList {
  readonly findings: DataplaneFinding[] = [];
  readonly #frames: readonly Frame[];

  constructor(frames: readonly Frame[]) {
    this.#frames = frames;
  }

  /** Something that makes Grafana refuse, lose or misread data. */
  error(input: FindingInput): void {
    this.#add('error', input);
  }

  /** Something that works today. */
  warning(input: FindingInput): void {
    this.#add('warning', input);
  }

  #add(severity: 'error' | 'warning', { code, frame, field, problem, fix }: FindingInput): void {
    const name = this.#frames[frame]?.name;
    const frameText = name ? `frame ${frame} (${quoteName(name)})` : `frame ${frame}`;
    const fieldText = field === undefined ? '' : `, field ${field} (${quoteName(this.#frames[frame]?.fields[field]?.name ?? '')})`;
    this.findings.push({ severity, code, frame, field, message: `${frameText}${fieldText}: ${problem}`, fix });
  }
}
