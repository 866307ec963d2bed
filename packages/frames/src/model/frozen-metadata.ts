/** Labels, config and meta that nobody can change any more, with their JSON text once somebody asked for it. */
const texts = new WeakMap<object, string | undefined>();

/** Freezes labels, config or meta all the way down, so that frames can share it and its text is made only once. */
export function freezeMetadata(value: object): void {
  const rest: object[] = [value];
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    Object.freeze(part);
    for (const child of Object.values(part)) if (typeof child === 'object' && child !== null) rest.push(child);
  }
  texts.set(value, undefined);
}

/** The text that `format` gives, remembered when the value is frozen. */
export function formatOnce<T extends object>(value: T, format: (value: T, field?: string) => string, field?: string): string {
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = format(value, field);
  if (texts.has(value)) texts.set(value, text);
  return text;
}
