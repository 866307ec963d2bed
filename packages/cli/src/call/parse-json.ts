import { readFileSync } from 'node:fs';
import { UsageError } from '../terminal/index.ts';

// In every Node that we run on, and not yet in TypeScript's own declarations.
const { rawJSON, isRawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown; isRawJSON: (value: unknown) => boolean };

/** Whether a value is a number that was kept as it was written; JSON.stringify gives its digits. */
export function isRawNumber(value: unknown): boolean {
  return isRawJSON(value);
}

/**
 * Parses JSON without losing digits: a number that JavaScript would round is kept as raw JSON,
 * which JSON.stringify writes as it stood.
 *
 * @param what what the text is, for the error
 * @throws UsageError with the position
 */
export function parseExactJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' && context?.source !== undefined && String(value) !== context.source ? rawJSON(context.source) : value,
    );
  } catch (error) {
    throw new UsageError(`${what} is no JSON: ${(error as Error).message}`);
  }
}

/**
 * Reads a file of JSON.
 *
 * @throws UsageError when it cannot be read or is no JSON
 */
export function readJsonFile(file: string, what: string): unknown {
  return parseExactJson(readTextFile(file, what), `${what} ${file}`);
}

/**
 * An argument that is JSON itself or names a file of it.
 *
 * @throws UsageError when it is neither
 */
export function readJsonArgument(argument: string, what: string): unknown {
  return /^\s*[[{"]/.test(argument) ? parseExactJson(argument, what) : readJsonFile(argument, what);
}

/** @throws UsageError when the file cannot be read */
export function readTextFile(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${what} ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** Narrows to a plain object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJSON(value);
}
