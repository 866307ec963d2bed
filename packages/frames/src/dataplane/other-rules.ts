import { type Field, type FieldKind, type Frame, isNumberKind } from '../model/index.ts';
import type { FindingList } from './findings.ts';

/** The rules of log-lines for one frame with fields. */
export function checkLogLines(frame: Frame, index: number, list: FindingList): void {
  for (const [name, kind] of [
    ['timestamp', 'time'],
    ['body', 'string'],
  ] as const) {
    const field = frame.fields.findIndex((candidate) => candidate.name === name && candidate.kind === kind);
    if (field < 0) {
      const fix = `add a ${kind} field named ${name}, without nulls`;
      list.error({ code: 'log_field_missing', frame: index, problem: `there is no ${kind} field named ${name}`, fix });
    } else if (frame.fields[field].nullable)
      list.error({
        code: 'log_field_kind',
        frame: index,
        field,
        problem: 'it may be null',
        fix: `build it with \`nullable: false\`; every line has a ${name}`,
      });
  }
  for (const [field, { name, kind }] of frame.fields.entries()) {
    const expected = LOG_FIELDS[name];
    if (expected !== undefined && !expected.includes(kind))
      list.error({
        code: 'log_field_kind',
        frame: index,
        field,
        problem: `it holds ${kind} cells`,
        fix: `make it ${expected[0]}, or give it another name`,
      });
    else if (name === 'tsNs' && !isNumberKind(kind))
      list.error({ code: 'log_field_kind', frame: index, field, problem: `it holds ${kind} cells`, fix: 'make it int64, or leave it out' });
    else if (kind === 'json' && expected !== undefined) checkObjects(frame.fields[field], { frame: index, field }, list);
  }
  if (frame.meta?.preferredVisualisationType !== 'logs')
    list.warning({
      code: 'log_view_missing',
      frame: index,
      problem: 'Explore would show a table',
      fix: "set `preferredVisualisationType: 'logs'` in its meta",
    });
}

const LOG_FIELDS: Readonly<Record<string, readonly FieldKind[]>> = {
  severity: ['string'],
  id: ['string'],
  labels: ['json'],
  labelTypes: ['json'],
  attributes: ['json'],
};

function checkObjects(field: Field, place: { frame: number; field: number }, list: FindingList): void {
  let row = 0;
  for (const cell of field) {
    if (cell !== null && !(cell as string).trimStart().startsWith('{')) {
      list.error({
        code: 'log_labels_shape',
        ...place,
        problem: `row ${row} holds ${(cell as string).slice(0, 40)}, not an object`,
        fix: 'send one JSON object per line, `{}` when empty',
      });
      return;
    }
    row++;
  }
}

/** The rules of heatmap-rows: X first, then a number field per row of the heatmap, its bound in the label `le`. */
export function checkHeatmapRows(frame: Frame, index: number, list: FindingList): void {
  for (const [field, { kind, labels }] of frame.fields.entries()) {
    const place = { frame: index, field };
    if (field === 0 && kind !== 'time' && !isNumberKind(kind))
      list.error({
        code: 'heatmap_field_kind',
        ...place,
        problem: `the X axis holds ${kind} cells`,
        fix: 'put the time, or a number, first',
      });
    if (field > 0 && !isNumberKind(kind))
      list.error({
        code: 'heatmap_field_kind',
        ...place,
        problem: `a row of the heatmap holds ${kind} cells`,
        fix: 'make it a number field, or leave it out',
      });
    const bound = labels?.le;
    if (field > 0 && bound !== undefined && !isBound(bound))
      list.warning({
        code: 'heatmap_bound_invalid',
        ...place,
        problem: `its label le is ${JSON.stringify(bound)}, not a number`,
        fix: 'give the upper bound as a number, or +Inf',
      });
  }
  if (frame.fields.length < 2)
    list.error({ code: 'value_missing', frame: index, problem: 'there is no row of the heatmap', fix: 'add a number field per row' });
}

function isBound(text: string): boolean {
  return /^[+-]?inf$/i.test(text) || (text.trim() !== '' && Number.isFinite(Number(text)));
}

/** The rules of heatmap-cells: where a cell lies on both axes, then its values. */
export function checkHeatmapCells(frame: Frame, index: number, list: FindingList): void {
  const names = frame.fields.map(({ name }) => name);
  const axes = ['x', 'y'].flatMap((axis) => [axis, `${axis}Min`, `${axis}Max`]);
  for (const axis of ['x', 'y'])
    if (![axis, `${axis}Min`, `${axis}Max`].some((name) => names.includes(name)))
      list.error({
        code: 'heatmap_axis_missing',
        frame: index,
        problem: `nothing says where cells lie on the ${axis} axis`,
        fix: `name a field ${axis}Min (cells lie above), ${axis}Max (cells lie below) or ${axis} (in the middle)`,
      });
  const values = frame.fields.filter(({ name, kind }) => !axes.includes(name) && isNumberKind(kind));
  if (values.length === 0)
    list.error({ code: 'value_missing', frame: index, problem: 'cells have no value', fix: 'add a number field behind those of the axes' });
  for (const [field, { name, kind }] of frame.fields.entries())
    if (axes.includes(name) && kind !== 'time' && !isNumberKind(kind))
      list.error({
        code: 'heatmap_field_kind',
        frame: index,
        field,
        problem: `the axis holds ${kind} cells`,
        fix: 'make it a time or a number',
      });
}

/** The rules of directory-listing: names first, then media types. */
export function checkListing(frame: Frame, index: number, list: FindingList): void {
  for (const [field, name] of ['name', 'mediaType'].entries())
    if (frame.fields[field]?.kind !== 'string')
      list.error({
        code: 'listing_field_missing',
        frame: index,
        problem: `field ${field} is not a string field`,
        fix: `put a string field ${name} there`,
      });
}
