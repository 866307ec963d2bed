import type { Random } from '../random.ts';
import type { Description, Operation, Parameter, Schema } from './description.ts';

/** A request as it is sent. */
export interface MadeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

/** Makes requests from a description: mostly as it says, often with something wrong, sometimes as nobody would. */
export function createRequests(description: Description): (random: Random) => MadeRequest {
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  return (random) => {
    const { method, path, operation } = random.of(operations);
    const parameters = operation.parameters ?? [];
    const headers = Object.fromEntries(
      parameters.filter((one) => one.in === 'header' && random.below(3) === 0).map((one) => [one.name, headerText(makeFor(one, random))]),
    );
    return {
      method: random.below(60) === 0 ? random.of(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']) : method,
      path: fillPath(path, parameters, random) + makeQuery(parameters, random),
      headers: { ...headers, ...(random.below(8) === 0 && { accept: random.of(accepts) }), ...contentType(random) },
      body: ['GET', 'HEAD'].includes(method) ? undefined : makeBody(operation, random),
    };
  };
}

const accepts = ['application/vnd.apache.arrow.stream', 'application/x-ndjson', '*/*;q=0', 'text/html', ''];
const oddTexts = [
  '',
  ' ',
  '0',
  '-1',
  '1e9',
  '99999999999999999999999',
  '.',
  '..',
  '../..',
  '%2e%2e%2f',
  '%00',
  '\u0000',
  'ä€𝒳',
  '\ud800',
  '__proto__',
  'constructor',
  '{{.JsonData.x}}',
  '$HOME',
  "' OR 1=1 --",
  '<script>',
  'a'.repeat(41),
  'b'.repeat(191),
  'c'.repeat(5000),
  'true',
  'null',
  '[]',
  'http://127.0.0.1:1/x',
  'http://[',
  'now-1h',
];

function fillPath(path: string, parameters: readonly Parameter[], random: Random): string {
  return path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    const text = String(parameter === undefined ? '' : makeFor(parameter, random));
    // As sent raw: escapes that are none, bytes that are no UTF-8, more slashes.
    if (random.below(40) === 0) return random.of(['%', '%ff', '%zz', '//', '%2F', '%5c..%5c', ';a=b', '%E2%82']);
    return name === 'rest' ? text.split('/').map(escapeText).join('/') : escapeText(text);
  });
}

const escapeText = (text: string): string => encodeURIComponent(text.toWellFormed());
// A head holds bytes.
const headerText = (value: unknown): string => String(value).replace(/[^\x20-\x7e]/g, '?');

function makeQuery(parameters: readonly Parameter[], random: Random): string {
  const pairs = parameters
    .filter((one) => one.in === 'query' && random.below(3) === 0)
    .map((one) => `${one.name}=${escapeText(String(makeFor(one, random)))}`);
  if (random.below(30) === 0) pairs.push(random.of(['orgId=2', 'orgId=x', 'a[]=1', '&&', '=', '%', 'a=%zz', '__proto__=1']));
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

const makeFor = ({ schema }: Parameter, random: Random): unknown =>
  random.below(6) === 0 ? random.of(oddTexts) : makeValue(schema, random, 0);

function contentType(random: Random): Readonly<Record<string, string>> {
  if (random.below(30) > 0) return { 'content-type': 'application/json' };
  return random.of([
    {},
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/json; charset=latin1' },
    { 'content-type': 'APPLICATION/JSON' },
  ]);
}

function makeBody(operation: Operation, random: Random): string | Uint8Array | undefined {
  const media = operation.requestBody?.content['application/json'];
  if (media === undefined) return random.below(4) === 0 ? random.of(oddBodies) : undefined;
  if (random.below(20) === 0) return random.of(oddBodies);
  const text = JSON.stringify(random.below(15) === 0 ? makeAny(random, 0) : makeValue(media.schema, random, 0)) ?? '';
  return random.below(25) === 0 ? text.slice(0, random.below(text.length + 1)) : text;
}

const oddBodies: readonly (string | Uint8Array)[] = [
  '',
  'null',
  '[]',
  '""',
  '{',
  '\ufeff{}',
  '{"a":1}{"b":2}',
  '{"__proto__":{"x":1}}',
  `${'['.repeat(20_000)}`,
  `{"a":${'9'.repeat(5000)}}`,
  '{"a":1e999}',
  new Uint8Array([0xff, 0xfe, 0x00, 0x80]),
  new Uint8Array(),
];

/** A value of the schema; now and then one of another kind. */
function makeValue(schema: Schema, random: Random, depth: number): unknown {
  if (random.below(25) === 0) return makeAny(random, depth);
  if (schema.anyOf !== undefined)
    return makeValue(random.of(schema.anyOf.filter((_one, index) => index === 0 || random.below(4) === 0)), random, depth);
  if (schema.enum !== undefined) return random.of(schema.enum);
  if (schema.const !== undefined) return schema.const;
  const type = Array.isArray(schema.type) ? random.of(schema.type as readonly string[]) : schema.type;
  switch (type) {
    case 'object':
      return makeObject(schema, random, depth);
    case 'array':
      return Array.from({ length: random.below(4) }, () => makeValue(schema.items ?? {}, random, depth + 1));
    case 'string':
      return random.below(3) === 0 ? random.of(oddTexts) : `t${random.below(50)}`;
    case 'integer':
      return random.of([0, 1, 2, -1, 100, 2 ** 31, 2 ** 53, random.below(1000)]);
    case 'number':
      return random.of([0, -0, 0.5, 1e-7, 1e300, -1, 2 ** 63]);
    case 'boolean':
      return random.below(2) === 0;
    case 'null':
      return null;
    default:
      return makeAny(random, depth);
  }
}

function makeObject({ properties = {}, required = [] }: Schema, random: Random, depth: number): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(properties)) {
    const isLeftOut = required.includes(name) ? random.below(12) === 0 : random.below(3) === 0;
    if (!isLeftOut) made[random.below(40) === 0 ? name.toUpperCase() : name] = makeValue(inner, random, depth + 1);
  }
  if (random.below(8) === 0) made[random.of(oddTexts)] = makeAny(random, depth + 1);
  return made;
}

function makeAny(random: Random, depth: number): unknown {
  const choice = random.below(depth > 4 ? 5 : 7);
  if (choice === 0) return null;
  if (choice === 1) return random.of([0, 1, -1, 1.5, 1e308, 2 ** 53]);
  if (choice === 2) return random.below(2) === 0;
  if (choice < 5) return random.of(oddTexts);
  const inner = Array.from({ length: random.below(4) }, () => makeAny(random, depth + 1));
  return choice === 5
    ? inner
    : Object.fromEntries(inner.map((value, index) => [random.below(3) === 0 ? random.of(oddTexts) : `k${index}`, value]));
}
