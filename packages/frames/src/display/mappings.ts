import type { CellValue, ValueMapping, ValueMappingResult } from '../model/index.ts';

/**
 * The result of the first value mapping that a cell matches, as Grafana picks it: it may bring a text, a colour, or both.
 *
 * @returns undefined when none matches; mappings of types not known here never match
 */
export function findMapping(mappings: readonly ValueMapping[] | undefined, cell: CellValue): ValueMappingResult | undefined {
  for (const mapping of mappings ?? []) {
    const result = matchMapping(mapping, cell);
    if (result !== undefined) return result;
  }
  return undefined;
}

/** Metadata comes off the wire with its inner shape unchecked. */
function matchMapping(mapping: ValueMapping | null, cell: CellValue): ValueMappingResult | undefined {
  if (mapping === null || typeof mapping.options !== 'object' || mapping.options === null) return undefined;
  const { type, options } = mapping;
  switch (type) {
    case 'value': {
      const key = String(cell);
      return cell !== null && Object.hasOwn(options, key) ? options[key] : undefined;
    }
    case 'range':
      return isBetween(cell, options.from, options.to) ? options.result : undefined;
    case 'special':
      return isSpecial(options.match, cell) ? options.result : undefined;
    default:
      return undefined;
  }
}

function isBetween(cell: CellValue, from: number | null | undefined, to: number | null | undefined): boolean {
  if (typeof cell !== 'number' && typeof cell !== 'bigint') return false;
  return cell >= (from ?? Number.NEGATIVE_INFINITY) && cell <= (to ?? Number.POSITIVE_INFINITY);
}

function isSpecial(match: string, cell: CellValue): boolean {
  switch (match) {
    case 'true':
    case 'false':
      return String(cell) === match;
    case 'null':
      return cell === null;
    case 'nan':
      return Number.isNaN(cell);
    case 'null+nan':
      return cell === null || Number.isNaN(cell);
    case 'empty':
      return cell === '';
    default:
      return false;
  }
}
