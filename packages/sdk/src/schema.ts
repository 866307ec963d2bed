/**
 * The part of the Standard Schema interface (standardschema.dev, version 1) that the SDK uses.
 *
 * Zod, Valibot, ArkType and others implement it, so a plugin brings the validator it likes.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a validator answers: the value it made, or what is wrong. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One thing that is wrong, and where. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type that a schema makes of valid input. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

/** Any JSON object: what models and settings are when no schema was declared for them. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** True for objects that can validate by the Standard Schema interface. */
export function isSchema(value: unknown): value is StandardSchema {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value;
}

/** A valid value, or one line that names every field that is wrong. */
export type Validation = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

/** Validates without a promise when the schema answers at once. */
export function validate(schema: StandardSchema, value: unknown): Validation | Promise<Validation> {
  const result = schema['~standard'].validate(value);
  return isThenable(result) ? Promise.resolve(result).then(toValidation) : toValidation(result);
}

/** Also promises of other makes, which would otherwise pass for a result without issues. */
function isThenable(value: unknown): value is PromiseLike<StandardResult<unknown>> {
  return typeof (value as Partial<PromiseLike<unknown>> | undefined)?.then === 'function';
}

function toValidation(result: StandardResult<unknown>): Validation {
  if (result.issues === undefined) return { ok: true, value: result.value };
  return { ok: false, problem: result.issues.map(formatIssue).join('; ') };
}

/** `metric: Invalid option …`, `filters[2].key: …`, or the bare message for the value as a whole. */
function formatIssue(issue: StandardIssue): string {
  let path = '';
  for (const part of issue.path ?? []) {
    const key = typeof part === 'object' ? part.key : part;
    path += typeof key === 'number' ? `[${key}]` : path === '' ? String(key) : `.${String(key)}`;
  }
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}
