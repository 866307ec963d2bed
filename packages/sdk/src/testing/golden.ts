import { AssertionError } from 'node:assert';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { decodeFrameJson, type Frame, formatFrameTable, frameToJson } from '@backplane/frames';

/** The answer to one query, as golden files keep it. */
export interface GoldenResponse {
  readonly status: number;
  /** Empty or absent when the query succeeded. */
  readonly error?: string;
  readonly errorSource?: string;
  readonly frames: readonly Frame[];
}

/** Options of a comparison. */
export interface GoldenOptions {
  /** Writes the file instead of failing; by default when the environment has `UPDATE_GOLDEN=1`. */
  readonly update?: boolean;
}

const MACHINE = '🌟 This was machine generated.  Do not edit. 🌟';
const ROWS_SHOWN = 10;

/**
 * Compares an answer with a golden file, and writes the file when it is asked to.
 *
 * The file has a table of each frame in comments, to be read in reviews, then one JSON document: the form of `.jsonc` files
 * that Grafana's Go SDK writes, which reads these too. Frames are compared by what they mean: numbers keep all digits, and
 * neither spaces nor the order of keys counts.
 *
 * @throws AssertionError that shows both texts when they differ; Error when there is no file
 */
export function assertGolden(
  file: string,
  response: GoldenResponse,
  { update = process.env.UPDATE_GOLDEN === '1' }: GoldenOptions = {},
): void {
  const isThere = existsSync(file);
  if (!isThere && !update) throw new Error(`there is no golden file ${file}; UPDATE_GOLDEN=1 writes it`);
  if (isThere) {
    const expected = readGolden(file);
    if (compact(expected) === compact(response)) return;
    if (!update) {
      const texts = { actual: formatGolden(response), expected: formatGolden(expected) };
      throw new AssertionError({
        ...texts,
        operator: 'strictEqual',
        message: `the answer differs from ${file}; UPDATE_GOLDEN=1 takes it over\n${firstDifference(texts)}`,
      });
    }
  }
  writeFileSync(file, formatGolden(response));
}

/** Reads a golden file, ours or one that the Go SDK has written. @throws SyntaxError or FrameError when it is none */
export function readGolden(file: string): GoldenResponse {
  const text = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('//'))
    .join('\n');
  // Numbers keep their text: a double does not hold all integers of 64 bits.
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  const keepDigits = (_key: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && context?.source !== undefined ? rawJSON(context.source) : value;
  const document = JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown);
  const frames = (document.frames ?? []) as readonly unknown[];
  return {
    status: Number(JSON.stringify(document.status ?? 200)),
    ...(document.error !== undefined && { error: document.error }),
    ...(document.errorSource !== undefined && { errorSource: document.errorSource }),
    frames: frames.map((frame) => decodeFrameJson(JSON.stringify(frame))),
  };
}

/** The text of a golden file. */
export function formatGolden(response: GoldenResponse): string {
  const tables = response.frames.map((frame, at) => `Frame[${at}]\n${formatFrameTable(frame, { maxRows: ROWS_SHOWN })}`);
  const failed = response.error ? [`ERROR: ${response.error}`] : [];
  const lines = [MACHINE, '', ...[...failed, ...tables].join('\n\n').split('\n'), MACHINE];
  return `${lines.map((line) => `//  ${line}`.trimEnd()).join('\n')}\n${indent(compact(response))}`;
}

/** Everything that counts, in one form. */
function compact({ status, error, errorSource, frames }: GoldenResponse): string {
  const failure = error ? `,"error":${JSON.stringify(error)}${errorSource ? `,"errorSource":${JSON.stringify(errorSource)}` : ''}` : '';
  return `{"status":${status}${failure},"frames":[${frames.map((frame) => frameToJson(frame)).join(',')}]}`;
}

/** JSON with two spaces a level, as `JSON.stringify` writes it; here numbers stay as they are. */
function indent(json: string): string {
  let [text, depth, at] = ['', 0, 0];
  const newLine = () => `\n${'  '.repeat(depth)}`;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^"{}[\],:\s]+/g)) {
    at++;
    if (token === '{' || token === '[') {
      depth++;
      text += token + newLine();
    } else if (token === '}' || token === ']') {
      depth--;
      const isEmpty = /[{[]\s*$/.test(text.slice(-200));
      text = isEmpty ? text.trimEnd() + token : text + newLine() + token;
    } else text += token === ',' ? `,${newLine()}` : token === ':' ? ': ' : token;
  }
  return at === 0 ? json : text;
}

function firstDifference({ actual, expected }: { readonly actual: string; readonly expected: string }): string {
  const [ours, theirs] = [actual.split('\n'), expected.split('\n')];
  const at = ours.findIndex((line, i) => line !== theirs[i]);
  return `line ${at + 1}\n- ${theirs[at] ?? '(the end)'}\n+ ${ours[at] ?? '(the end)'}`;
}
