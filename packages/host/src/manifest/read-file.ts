import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * Reads a file of a plugin whole. What is no file is refused: a pipe would hold a thread of this process for ever, and
 * a device never ends.
 *
 * @throws Error of the system, or one that says what the path is or how large
 */
export async function readWholeFile(path: string, maxBytes: number): Promise<string> {
  await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const found = await file.stat();
  if (!found.isFile()) throw new Error(`it is ${found.isDirectory() ? 'a folder' : 'no file'}`);
  if (found.size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
  return await file.readFile('utf8');
}
