import { digits, formatDecimals, type NumberFormatter, scaled } from './decimals.ts';
import { clock, durations, spelledClock, wordyDurations } from './durations.ts';
import { BINARY_UNITS, COUNT_UNITS, CURRENCIES, SI_UNITS, SUFFIX_CURRENCIES, SUFFIXES } from './unit-names.ts';

const SI_STEPS = ['f', 'p', 'n', 'µ', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const SI_BASE = SI_STEPS.indexOf('');
const BINARY_STEPS = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];
const COUNT_STEPS = ['', 'K', 'M', 'B', 'T'];

/** Units that are calculated, or written in a way of their own. */
const SPECIAL_UNITS: Readonly<Record<string, NumberFormatter>> = {
  none: formatDecimals,
  short: scaled(1000, ['', ' K', ' Mil', ' Bil', ' Tri', ' Quadr', ' Quint', ' Sext', ' Sept']),
  sishort: si('', 0),
  percent: (value, decimals) => `${formatDecimals(value, decimals)}%`,
  percentunit: (value, decimals) => `${formatDecimals(Number((value * 100).toPrecision(15)), decimals)}%`,
  string: (value) => String(value),
  locale: (value, decimals) =>
    withThousands(decimals === undefined && Number.isFinite(value) ? String(value) : formatDecimals(value, decimals)),
  sci: (value, decimals) =>
    Number.isFinite(value) ? value.toExponential(decimals === undefined ? undefined : digits(decimals)) : formatDecimals(value),
  hex: (value) => hex(value, ''),
  hex0x: (value) => hex(value, '0x'),
  ns: durations(1e-9),
  µs: durations(1e-6),
  ms: durations(1e-3),
  s: durations(1),
  m: durations(60),
  h: durations(3600),
  d: durations(86400),
  timeticks: (value, decimals) => durations(1)(value / 100, decimals),
  dtdurationms: wordyDurations(0.001),
  dtdurations: wordyDurations(1),
  dthms: clock(false),
  dtdhms: clock(true),
  clockms: spelledClock(0.001),
  clocks: spelledClock(1),
  bool: (value) => (value ? 'True' : 'False'),
  bool_yes_no: (value) => (value ? 'Yes' : 'No'),
  bool_on_off: (value) => (value ? 'On' : 'Off'),
  pressurepsi: scaled(1000, ['psi', 'ksi', 'Mpsi']),
};

/**
 * The formatter of a unit, by Grafana's unit ids: those in the tables here, `prefix:…`, `suffix:…`, `currency:…`,
 * `si:…`, `count:…` and `bool:yes/no`. An id that nobody knows is shown behind the number.
 */
export function findUnit(unit: string): NumberFormatter {
  const known = find(SPECIAL_UNITS, unit);
  if (known !== undefined) return known;
  const suffix = find(SUFFIXES, unit);
  if (suffix !== undefined) return withSuffix(suffix);
  const metric = find(SI_UNITS, unit);
  if (metric !== undefined) return si(...metric);
  const binary = find(BINARY_UNITS, unit);
  if (binary !== undefined) return binarySteps(...binary);
  const count = find(COUNT_UNITS, unit);
  if (count !== undefined) return counts(count);
  if (find(CURRENCIES, unit) !== undefined) return currency(CURRENCIES[unit], SUFFIX_CURRENCIES.has(unit));
  return findCustomUnit(unit) ?? withSuffix(unit);
}

function findCustomUnit(unit: string): NumberFormatter | undefined {
  const colon = unit.indexOf(':');
  const rest = unit.slice(colon + 1);
  switch (unit.slice(0, Math.max(0, colon))) {
    case 'prefix':
      return (value, decimals) => rest + formatDecimals(value, decimals);
    case 'suffix':
      return withSuffix(rest);
    case 'currency':
      return currency(rest, false);
    case 'count':
      return counts(rest);
    case 'si': {
      const step = SI_STEPS.indexOf(rest.charAt(0));
      return step >= 0 && rest.length > 1 ? si(rest.slice(1), step - SI_BASE) : si(rest, 0);
    }
    case 'bool': {
      const [yes, no = '-'] = rest.split('/');
      return (value) => (value ? yes : no);
    }
    default:
      return undefined;
  }
}

function find<T>(table: Readonly<Record<string, T>>, unit: string): T | undefined {
  return Object.hasOwn(table, unit) ? table[unit] : undefined;
}

function hex(value: number, prefix: string): string {
  if (!Number.isFinite(value)) return formatDecimals(value);
  return `${value < 0 ? '-' : ''}${prefix}${Math.abs(Math.round(value)).toString(16).toUpperCase()}`;
}

function withSuffix(suffix: string): NumberFormatter {
  return (value, decimals) => `${formatDecimals(value, decimals)}${suffix === '' ? '' : ` ${suffix}`}`;
}

/** Steps of a thousand around a unit; the number counts 1000^power of it. */
function si(unit: string, power: number): NumberFormatter {
  const steps = SI_STEPS.map((step) => (step + unit === '' ? '' : ` ${step}${unit}`));
  const format = scaled(1000, steps, -SI_BASE);
  // Rounded, because most powers of ten are not exact in binary: 1.1 mA are 1.1 mA, not 1.1000000000000001.
  return power === 0 ? format : (value, decimals) => format(Number((value * 1000 ** power).toPrecision(15)), decimals);
}

/** Steps of 1024 from a unit on; the number counts 1024^power of it. */
function binarySteps(unit: string, power: number): NumberFormatter {
  const steps = BINARY_STEPS.map((step) => ` ${step}${unit}`);
  const format = scaled(1024, steps);
  return (value, decimals) => format(value * 1024 ** power, decimals);
}

function counts(symbol: string): NumberFormatter {
  const format = scaled(1000, COUNT_STEPS);
  return (value, decimals) => `${format(value, decimals)} ${symbol}`;
}

function currency(symbol: string, behind: boolean): NumberFormatter {
  const format = scaled(1000, COUNT_STEPS);
  return (value, decimals) => {
    const text = format(Math.abs(value), decimals);
    return `${value < 0 ? '-' : ''}${behind ? '' : symbol}${text}${behind ? symbol : ''}`;
  };
}

function withThousands(text: string): string {
  const [whole, ...rest] = text.split('.');
  return [whole.replace(/(?<=\d)(?=(\d{3})+$)/g, ','), ...rest].join('.');
}
