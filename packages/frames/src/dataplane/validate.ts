import { type Frame, FrameError, type FrameType } from '../model/index.ts';
import { type DataplaneFinding, FindingList } from './findings.ts';
import { guessType } from './guess-type.ts';
import { checkNumeric } from './numeric-rules.ts';
import { checkHeatmapCells, checkHeatmapRows, checkListing, checkLogLines } from './other-rules.ts';
import { checkTimeSeries, type TimeSeriesContext } from './time-series-rules.ts';
import { compareVersions, type DataplaneType, kindOf } from './types.ts';

/**
 * Says what is wrong with the frames of one refId by the rules of the type in their meta, and how to mend it.
 *
 * No frames, or one frame without fields, mean no data and are valid. Times are read once, for their order;
 * about 6 ns a row.
 *
 * @returns errors and warnings in the order of frames; empty when all is well
 */
export function validateDataplane(frames: readonly Frame[]): DataplaneFinding[] {
  const list = new FindingList(frames);
  if (frames.length === 0) return list.findings;
  const type = kindOf(frames);
  if (type === undefined) reportUntyped(frames, list);
  else {
    checkVersion(type, list);
    checkFrames(type, frames, list);
  }
  return list.findings;
}

/**
 * Refuses frames that break the rules of their type; warnings pass.
 *
 * @throws FrameError `dataplane_invalid` with the first error and how many there are
 */
export function assertDataplane(frames: readonly Frame[]): void {
  const errors = validateDataplane(frames).filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const [{ code, message, fix, frame, field }] = errors;
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`;
  throw new FrameError('dataplane_invalid', {
    reason: `${message} [${code}]${more}`,
    hint: fix,
    ...(field === undefined ? {} : { field: frames[frame].fields[field].name }),
  });
}

function reportUntyped(frames: readonly Frame[], list: FindingList): void {
  const said = frames[0].meta?.type;
  const guess = guessType(frames);
  const fix = `if it is ${guess}, say so: \`frame.as('${guess}')\``;
  if (said === undefined || said === '')
    list.warning({
      code: 'type_missing',
      frame: 0,
      problem: 'nothing says what the frames are; every reader has to guess from their shape',
      fix,
    });
  else list.warning({ code: 'type_unknown', frame: 0, problem: `the type ${JSON.stringify(said)} is not of the data plane contract`, fix });
}

function checkVersion({ type, version, saidVersion, replacedBy }: DataplaneType, list: FindingList): void {
  const newest = `[${version.join(', ')}]`;
  if (replacedBy !== undefined)
    list.warning({
      code: 'type_deprecated',
      frame: 0,
      problem: `${type} is an old name, which expressions of Grafana do not read by type`,
      fix: `use ${replacedBy}`,
    });
  else if (compareVersions(version, [0, 0]) > 0 && compareVersions(saidVersion, [0, 0]) === 0)
    list.warning({
      code: 'version_missing',
      frame: 0,
      problem: `${type} without a version counts as untyped in expressions and alerts`,
      fix: `set typeVersion to ${newest}: \`frame.as('${type}')\` does`,
    });
  else if (compareVersions(saidVersion, version) > 0)
    list.warning({
      code: 'version_newer',
      frame: 0,
      problem: `it follows ${type} ${saidVersion.join('.')}, newer than ${version.join('.')}`,
      fix: `say ${newest} if you mean that`,
    });
}

function checkFrames(type: DataplaneType, frames: readonly Frame[], list: FindingList): void {
  if (frames[0].fields.length === 0) {
    for (const index of frames.keys())
      if (index > 0)
        list.error({
          code: 'frame_ignored',
          frame: index,
          problem: 'the first frame has no fields, which says that there is no data',
          fix: 'leave the first frame out',
        });
    return;
  }
  const seen = new Map<string, string>();
  for (const [index, frame] of frames.entries()) {
    const said = frame.meta?.type;
    if (said !== type.type) reportOtherType(type, index, { said, list });
    else if (index > 0 && !type.framePerItem)
      list.error({
        code: 'frame_ignored',
        frame: index,
        problem: `${type.type} is one frame; this one is not read`,
        fix: 'join the frames, or send a multi type',
      });
    else if (frame.fields.length === 0)
      list.error({
        code: 'frame_without_fields',
        frame: index,
        problem: 'it has no fields, among frames that have some',
        fix: 'leave it out',
      });
    else CHECKS[type.type]?.(frame, index, { type: type.replacedBy ?? type.type, list, seen });
  }
}

function reportOtherType(
  { type, kind }: DataplaneType,
  index: number,
  { said, list }: { said: string | undefined; list: FindingList },
): void {
  if (type === 'numeric-multi')
    list.error({
      code: 'type_mixed',
      frame: index,
      problem: `it is ${said ?? 'untyped'} among frames of ${type}`,
      fix: 'give all frames of a refId one type',
    });
  else if (said !== undefined && said !== '')
    list.warning({
      code: 'type_mixed',
      frame: index,
      problem: `it is ${said} among frames of ${type}; Grafana reads the first type only`,
      fix: 'use a refId per type',
    });
  else if (kind === 'timeseries' || kind === 'numeric')
    list.warning({
      code: 'frame_ignored',
      frame: index,
      problem: `it has no type, so it is no part of the ${type} data`,
      fix: `if it is part of it, say so: \`frame.as('${type}')\``,
    });
}

type FrameCheck = (frame: Frame, index: number, context: TimeSeriesContext) => void;

const CHECKS: Readonly<Record<FrameType, FrameCheck | undefined>> = {
  'timeseries-wide': checkTimeSeries,
  'timeseries-long': checkTimeSeries,
  'timeseries-multi': checkTimeSeries,
  'timeseries-many': checkTimeSeries,
  'numeric-wide': checkNumeric,
  'numeric-long': checkNumeric,
  'numeric-multi': checkNumeric,
  'log-lines': (frame, index, { list }) => checkLogLines(frame, index, list),
  'heatmap-rows': (frame, index, { list }) => checkHeatmapRows(frame, index, list),
  'heatmap-cells': (frame, index, { list }) => checkHeatmapCells(frame, index, list),
  'directory-listing': (frame, index, { list }) => checkListing(frame, index, list),
  table: undefined,
};
