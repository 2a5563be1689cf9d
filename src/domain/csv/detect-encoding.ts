import type { Encoding } from './csv-format.ts';
import { decode, wholeBytes } from './decode.ts';

/** Null for bytes that are not text. @param head the beginning of the file, or all of it */
export function detectEncoding(head: Buffer, isWhole: boolean): Encoding | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  if (head.includes(0)) return detectUtf16(head);
  if (isUtf8(isWhole ? head : head.subarray(0, wholeBytes(head, 'utf-8')))) return 'utf-8';
  return hasUndefined1252(head) ? 'iso-8859-1' : 'windows-1252';
}

/** By the zero bytes of delimiters, line ends and Latin letters. */
function detectUtf16(head: Buffer): Encoding | null {
  const counts: [number, number] = [0, 0];
  for (let index = 0; index < head.length; index++) if (head[index] === 0) counts[index % 2]!++;
  // A text of 16 bit units has many, a text with a NUL by mistake few.
  const enough = Math.max(4, head.length / 40);
  const [even, odd] = counts;
  if (odd >= enough && even < odd / 50) return 'utf-16le';
  if (even >= enough && odd < even / 50) return 'utf-16be';
  return null;
}

function isUtf8(bytes: Buffer): boolean {
  try {
    decode(bytes, 'utf-8');
    return true;
  } catch {
    return false;
  }
}

/** Bytes that are no characters in Windows-1252. Otherwise it has every character of Latin-1. */
function hasUndefined1252(head: Buffer): boolean {
  return [0x81, 0x8d, 0x8f, 0x90, 0x9d].some((byte) => head.includes(byte));
}
