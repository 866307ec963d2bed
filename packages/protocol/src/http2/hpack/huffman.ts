import { HpackError } from './errors.ts';
import { HUFFMAN_CODE } from './huffman-code.ts';

// A state machine that takes four bits a step. Each entry of TRANSITIONS, at state * 16 + four bits, is the next state
// with flags; EMITTED holds the octet that a step gives out. A step gives out one octet at most: no code is under five bits.
const EMIT = 0x10000;
const FAIL = 0x20000;
const STATE_MASK = 0xffff;
const EOS_CODE = 0x3fffffff;
const EOS_BITS = 30;
const EOS_SYMBOL = 256;

/** Made when it is first needed, which is after a plugin's handshake. */
let machine: ReturnType<typeof buildMachine> | undefined;
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Decodes a Huffman-coded string, RFC 7541 section 5.2.
 *
 * @returns the octets as a latin1 string
 * @throws HpackError on an EOS in the string, or padding that is too long or not all ones
 */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string {
  machine ??= buildMachine();
  const { transitions, emitted, mayEnd } = machine;
  const longest = (end - start) * 2;
  const target = longest <= scratch.length ? scratch : Buffer.allocUnsafe(longest);
  let state = 0;
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    let step = state * 16 + (byte >> 4);
    let next = transitions[step];
    if (next & FAIL) throw new HpackError('Huffman code of EOS inside a string');
    if (next & EMIT) target[length++] = emitted[step];
    step = (next & STATE_MASK) * 16 + (byte & 15);
    next = transitions[step];
    if (next & FAIL) throw new HpackError('Huffman code of EOS inside a string');
    if (next & EMIT) target[length++] = emitted[step];
    state = next & STATE_MASK;
  }
  if (mayEnd[state] === 0) throw new HpackError('Huffman padding is not up to seven one bits');
  return target.toString('latin1', 0, length);
}

interface TrieNode {
  zero: TrieNode | undefined;
  one: TrieNode | undefined;
  symbol: number;
  depth: number;
  onesOnly: boolean;
}

function buildMachine() {
  const inner = buildTrie();
  const states = new Map(inner.map((node, state) => [node, state]));
  const transitions = new Uint32Array(inner.length * 16);
  const emitted = new Uint8Array(inner.length * 16);
  const mayEnd = Uint8Array.from(inner, (node) => (node.depth < 8 && node.onesOnly ? 1 : 0));
  for (const [from, state] of states) {
    for (let bits = 0; bits < 16; bits++) {
      let node: TrieNode | undefined = from;
      for (let bit = 3; bit >= 0 && node !== undefined; bit--) {
        node = (bits >> bit) & 1 ? node.one : node.zero;
        if (node === undefined || node.symbol === EOS_SYMBOL) {
          node = undefined;
        } else if (node.symbol >= 0) {
          emitted[state * 16 + bits] = node.symbol;
          transitions[state * 16 + bits] = EMIT;
          node = inner[0];
        }
      }
      transitions[state * 16 + bits] = node === undefined ? FAIL : transitions[state * 16 + bits] | (states.get(node) ?? 0);
    }
  }
  return { transitions, emitted, mayEnd };
}

/** Gives the inner nodes, root first: they are the states. */
function buildTrie(): TrieNode[] {
  const root: TrieNode = { zero: undefined, one: undefined, symbol: -1, depth: 0, onesOnly: true };
  const nodes = [root];
  const add = (code: number, bits: number, symbol: number) => {
    let node = root;
    for (let i = bits - 1; i >= 0; i--) {
      const side = (code >>> i) & 1 ? 'one' : 'zero';
      let child: TrieNode | undefined = node[side];
      if (child === undefined) {
        child = { zero: undefined, one: undefined, symbol: -1, depth: node.depth + 1, onesOnly: node.onesOnly && side === 'one' };
        node[side] = child;
        nodes.push(child);
      }
      node = child;
    }
    node.symbol = symbol;
  };
  HUFFMAN_CODE.forEach(([code, bits], symbol) => {
    add(code, bits, symbol);
  });
  add(EOS_CODE, EOS_BITS, EOS_SYMBOL);
  return nodes.filter((node) => node.symbol === -1);
}
