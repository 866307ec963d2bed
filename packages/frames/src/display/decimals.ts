/** A number with its unit as text; without decimals, as many as it needs to be told apart. */
export type NumberFormatter = (value: number, decimals: number | undefined) => string;

/**
 * A number with fixed decimals. Without any given, whole numbers get none and others three significant digits, as
 * Grafana shows them (which gives negative numbers one less).
 */
export function formatDecimals(value: number, decimals?: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞';
  if (Math.abs(value) >= 1e21) return String(value);
  const text = value.toFixed(digits(decimals ?? autoDecimals(value)));
  return /^-[0.]*$/.test(text) ? text.slice(1) : text;
}

/** Decimals that the engine can write: config is not checked on its way here. */
export function digits(decimals: number): number {
  return decimals >= 0 ? Math.min(decimals, 20) : 0;
}

function autoDecimals(value: number): number {
  return Number.isInteger(value) ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
}

/** Picks the largest step not above the value: `steps` are powers of `factor`, and `first` is the power of the first. */
export function scaled(factor: number, steps: readonly string[], first = 0): NumberFormatter {
  return (value, decimals) => {
    if (!Number.isFinite(value)) return formatDecimals(value);
    const power = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)) / Math.log10(factor) + 1e-12);
    const step = Math.min(Math.max(power, first), first + steps.length - 1);
    return formatDecimals(value / factor ** step, decimals) + steps[step - first];
  };
}
