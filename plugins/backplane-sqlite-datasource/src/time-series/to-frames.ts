import { Frame, type FrameMetaInput, type Labels, type Notice } from '@backplane/sdk/frames';
import { type Cells, pickRows, toField } from '../cells/index.ts';
import { groupRows } from './group-rows.ts';
import type { WideSeries } from './pivot.ts';

/** One frame: the time, then every series with its labels. */
export function toWideFrame(wide: WideSeries, meta: FrameMetaInput): Frame {
  const fields = [toField(wide.time), ...wide.series.map(({ labels, cells }) => toField(cells, orNone(labels)))];
  return new Frame('', fields, { meta: withNotices(wide, meta) }).as('timeseries-wide');
}

/**
 * One frame per series, each with its own times.
 *
 * @throws SqliteError `query_invalid` as groupRows
 */
export function toMultiFrames(columns: readonly Cells[], meta: FrameMetaInput): Frame[] {
  const { time, values, groups } = groupRows(columns);
  return groups.flatMap(({ labels, rows }) => {
    const picked = Uint32Array.from(rows, (row) => row + 1);
    const axis = toField(pickRows(time, picked));
    return values.map((cells) => new Frame('', [axis, toField(pickRows(cells, picked), orNone(labels))], { meta }).as('timeseries-multi'));
  });
}

function withNotices({ replacedRows }: WideSeries, meta: FrameMetaInput): FrameMetaInput {
  if (replacedRows === 0) return meta;
  const notice: Notice = {
    severity: 'warning',
    text: `${replacedRows} rows had the same time and labels as another row and were replaced by it; add a text column or group by time`,
  };
  return { ...meta, notices: [...(meta.notices ?? []), notice] };
}

function orNone(labels: Labels): Labels | undefined {
  return Object.keys(labels).length === 0 ? undefined : labels;
}
