import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from '../json/index.ts';
import { type Command, type Operand, type Pipe, parseTemplate, TemplateError, type TemplateNode } from './template-syntax.ts';

/** What a route's template may name. */
export interface TemplateData {
  readonly URL: string;
  readonly JsonData: JsonValue;
  readonly SecureJsonData: Readonly<Record<string, string>>;
}

/** Undefined is a key that is not there. */
type Value = JsonValue | number | undefined;

/**
 * Fills in a template of plugin.json as Go's `text/template` does: a key that is missing reads `<no value>`, a field
 * that cannot be is an error. Source: Grafana `pkg/api/pluginproxy/utils.go`, which adds the function `orEmpty`.
 *
 * @throws TemplateError
 */
export function fillTemplate(text: string, data: TemplateData): string {
  if (!text.includes('{{')) return text;
  const root = { URL: data.URL, JsonData: data.JsonData, SecureJsonData: data.SecureJsonData } as JsonObject;
  return new Filling(root).run(parseTemplate(text), root);
}

class Filling {
  readonly #root: JsonObject;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  run(nodes: readonly TemplateNode[], dot: Value): string {
    return nodes.map((node) => this.#node(node, dot)).join('');
  }

  #node(node: TemplateNode, dot: Value): string {
    switch (node.kind) {
      case 'text':
        return node.text;
      case 'print':
        return show(this.#pipe(node.pipe, dot));
      case 'if':
      case 'with': {
        const value = this.#pipe(node.pipe, dot);
        if (!isTrue(value)) return this.run(node.otherwise, dot);
        return this.run(node.then, node.kind === 'with' ? value : dot);
      }
      default:
        return node satisfies never;
    }
  }

  #pipe(pipe: Pipe, dot: Value): Value {
    return pipe.reduce<Value>((before, command, index) => this.#command(command, dot, index === 0 ? [] : [before]), undefined);
  }

  #command(command: Command, dot: Value, last: readonly Value[]): Value {
    const [first, ...rest] = command as readonly [Operand, ...Operand[]];
    const values = [...rest.map((operand) => () => this.#operand(operand, dot)), ...last.map((value) => () => value)];
    if (first.kind === 'function') return call(first.name, values);
    if (values.length > 0) throw new TemplateError('a value is given arguments as if it were a function');
    return this.#operand(first, dot);
  }

  #operand(operand: Operand, dot: Value): Value {
    switch (operand.kind) {
      case 'constant':
        return operand.value;
      case 'function':
        return call(operand.name, []);
      case 'pipe':
        return this.#pipe(operand.pipe, dot);
      case 'field': {
        const start = operand.of === 'dot' ? dot : operand.of === 'root' ? this.#root : this.#operand(operand.of, dot);
        return operand.path.reduce<Value>((value, name) => this.#field(value, name), start);
      }
      default:
        return operand satisfies never;
    }
  }

  #field(value: Value, name: string): Value {
    if (value === undefined) return undefined;
    if (typeof value === 'object' && isJsonObject(value)) {
      const has = Object.hasOwn(value, name);
      if (!has && value === this.#root) throw new TemplateError(`there is no .${name}, only .URL, .JsonData and .SecureJsonData`);
      return has ? value[name] : undefined;
    }
    throw new TemplateError(`.${name} is asked of something that is no object`);
  }
}

type Lazy = readonly (() => Value)[];

function call(name: string, args: Lazy): Value {
  const implementation = Object.hasOwn(functions, name) ? functions[name as keyof typeof functions] : undefined;
  if (implementation === undefined) throw new TemplateError(`the function ${name} is not known`);
  return implementation(args);
}

const functions = {
  orEmpty: (args: Lazy) => {
    const value = one('orEmpty', args);
    return value === undefined || value === null ? '' : show(value);
  },
  and: (args: Lazy) => short(args, (value) => !isTrue(value)),
  or: (args: Lazy) => short(args, isTrue),
  not: (args: Lazy) => !isTrue(one('not', args)),
  eq: (args: Lazy) => {
    const [first, ...others] = args.map((argument) => comparable(argument()));
    return others.some((other) => other === first);
  },
  ne: (args: Lazy) => comparable(args[0]?.()) !== comparable(args[1]?.()),
  len: (args: Lazy) => {
    const value = one('len', args);
    if (typeof value === 'string') return Buffer.byteLength(value);
    if (Array.isArray(value)) return value.length;
    if (typeof value === 'object' && isJsonObject(value)) return Object.keys(value).length;
    throw new TemplateError('len is asked of something without a length');
  },
  index: (args: Lazy) => {
    const [collection, ...keys] = args.map((argument) => argument());
    return keys.reduce<Value>((value, key) => {
      if (value === undefined) return undefined;
      if (Array.isArray(value)) return (value as readonly JsonValue[])[Number(comparable(key))];
      if (typeof value === 'object' && isJsonObject(value)) return Object.hasOwn(value, show(key)) ? value[show(key)] : undefined;
      throw new TemplateError('index is asked of something that is no list and no object');
    }, collection);
  },
  print: (args: Lazy) => args.map((argument) => show(argument())).join(''),
  urlquery: (args: Lazy) => escapeQuery(args.map((argument) => show(argument())).join('')),
} as const;

function one(name: string, args: Lazy): Value {
  if (args.length !== 1) throw new TemplateError(`${name} takes one value`);
  return args[0]?.();
}

/** The first value for which it is decided, or the last. */
function short(args: Lazy, decides: (value: Value) => boolean): Value {
  let value: Value;
  for (const argument of args) {
    value = argument();
    if (decides(value)) return value;
  }
  return value;
}

function comparable(value: Value): unknown {
  return value instanceof JsonNumber ? value.toDouble() : value;
}

function isTrue(value: Value): boolean {
  if (value instanceof JsonNumber) return value.toDouble() !== 0;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && isJsonObject(value)) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== '' && value !== 0 && value !== false;
}

/** As Go's `%v` prints it; numbers keep their spelling. */
function show(value: Value): string {
  if (value === undefined || value === null) return '<no value>';
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(showInner).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, inner]) => `${key}:${showInner(inner)}`).join(' ')}]`;
}

function showInner(value: JsonValue): string {
  return value === null ? '<nil>' : show(value);
}

/** Go's `url.QueryEscape`. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/%20/g, '+')
    .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}
