// A library for Arrow files in general as a peer of the bench: library-frames.ts apache-arrow|flechette FOLDER
import * as flechette from '@uwdata/flechette';
import * as arrow from 'apache-arrow';
import { folderArgument, serveFrames } from './frame-work.ts';

/** What is compared of a library: a file to values by field, and columns of values to a file. */
interface Library {
  readonly read: (file: Uint8Array) => unknown[][];
  readonly prepare: (file: Uint8Array) => () => Uint8Array;
}

const LIBRARIES: Readonly<Record<string, Library>> = {
  'apache-arrow': {
    read: (file) => {
      const table = arrow.tableFromIPC(file);
      return table.schema.fields.map((_, i) => Array.from(table.getChildAt(i) ?? []));
    },
    prepare(file) {
      const { fields } = arrow.tableFromIPC(file).schema;
      const columns = LIBRARIES['apache-arrow']!.read(file);
      return () => {
        const vectors = fields.map(({ name, type }, i) => [name, arrow.vectorFromArray(columns[i]!, type)] as const);
        return arrow.tableToIPC(new arrow.Table(Object.fromEntries(vectors)), 'file');
      };
    },
  },
  flechette: {
    read: (file) => {
      const table = flechette.tableFromIPC(file, { useBigInt: true });
      return table.schema.fields.map((_, i) => Array.from(table.getChildAt(i)));
    },
    prepare(file) {
      const { fields } = flechette.tableFromIPC(file).schema;
      const columns = LIBRARIES.flechette!.read(file);
      return () => {
        const built = fields.map(({ name, type }, i) => [name, flechette.columnFromArray(columns[i]!, type)] as const);
        return flechette.tableToIPC(flechette.tableFromColumns(Object.fromEntries(built)), { format: 'file' }) ?? new Uint8Array();
      };
    },
  },
};

const library = LIBRARIES[process.argv[2] ?? ''];
if (library === undefined) throw new Error('usage: library-frames.ts apache-arrow|flechette FOLDER');
const { read, prepare } = library;

await serveFrames(folderArgument(3), (file, op) => {
  switch (op) {
    case 'json':
      return () => toJson(read(file));
    case 'values':
      return () => read(file).reduce((sum, cells) => sum + cells.length, 0);
    case 'pack': {
      const pack = prepare(file);
      return () => pack().length;
    }
    default:
      throw new Error(`no op ${op} here`);
  }
});

/** The shortest way from values to JSON text. It loses digits of 64-bit integers, and the schema: in the library's favour. */
function toJson(values: unknown[][]): number {
  const text = JSON.stringify({ data: { values } }, (_, cell) => (typeof cell === 'bigint' ? Number(cell) : cell));
  return Buffer.from(text).length;
}
