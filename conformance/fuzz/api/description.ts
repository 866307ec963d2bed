/** A JSON Schema as our OpenAPI document has it. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly [key: string]: unknown;
}

/** A parameter in the path, the query or a header. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

/** One method of one path. */
export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>> };
}

/** What is read here of an OpenAPI document. */
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Values that mean something to the server: of parameters, and of fields of bodies, by their names. */
export interface KnownValues {
  readonly parameters: Readonly<Record<string, readonly unknown[]>>;
  readonly fields: Readonly<Record<string, readonly unknown[]>>;
}

/**
 * The document with values that mean something beside the ones that are made up: a request for what is not there ends
 * early, and nothing behind would be fuzzed.
 */
export function withKnownValues(description: Description, known: KnownValues): Description {
  const paths = Object.entries(description.paths).map(([path, operations]) => {
    const told = Object.entries(operations).map(([method, operation]) => [method, tellOperation(operation, known)]);
    return [path, Object.fromEntries(told)];
  });
  return { ...description, paths: Object.fromEntries(paths) };
}

function tellOperation(operation: Operation, { parameters: knownParameters, fields }: KnownValues): Operation {
  const { parameters, requestBody } = operation;
  const content = Object.entries(requestBody?.content ?? {}).map(([type, media]) => [
    type,
    { ...media, schema: tellSchema(media.schema, fields, '') },
  ]);
  return {
    ...operation,
    ...(parameters !== undefined && {
      parameters: parameters.map((one) => ({ ...one, schema: tellSchema(one.schema, knownParameters, one.name) })),
    }),
    ...(requestBody !== undefined && { requestBody: { ...requestBody, content: Object.fromEntries(content) } }),
  };
}

function tellSchema(schema: Schema, known: KnownValues['fields'], name: string): Schema {
  const values = Object.hasOwn(known, name) ? known[name] : undefined;
  if (values !== undefined) return { anyOf: [{ enum: values }, schema] };
  return {
    ...schema,
    ...(schema.properties !== undefined && {
      properties: Object.fromEntries(Object.entries(schema.properties).map(([key, inner]) => [key, tellSchema(inner, known, key)])),
    }),
    ...(schema.items !== undefined && { items: tellSchema(schema.items, known, name) }),
  };
}
