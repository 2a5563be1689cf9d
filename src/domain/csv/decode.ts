import type { Encoding } from './csv-format.ts';

/** The characters of the bytes 80 to 9F of Windows-1252. Undefined bytes are control characters, as in Latin-1. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

const fatalUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws {TypeError} for bytes that are not valid UTF-8 */
export function decode(bytes: Buffer, encoding: Encoding): string {
  switch (encoding) {
    case 'utf-8':
      return fatalUtf8.decode(bytes);
    case 'utf-16le':
      return bytes.toString('utf16le');
    case 'utf-16be':
      return Buffer.from(bytes).swap16().toString('utf16le');
    case 'iso-8859-1':
      return bytes.toString('latin1');
    case 'windows-1252':
      // oxlint-disable-next-line no-control-regex -- these are the characters that differ
      return bytes
        .toString('latin1')
        .replace(/[\x80-\x9f]/g, (char) => WINDOWS_1252[char.charCodeAt(0) - 0x80]!);
  }
}

/** How many of the bytes are whole characters. */
export function wholeBytes(bytes: Buffer, encoding: Encoding): number {
  if (encoding === 'utf-16le' || encoding === 'utf-16be') return bytes.length - (bytes.length % 2);
  return encoding === 'utf-8' ? wholeUtf8(bytes) : bytes.length;
}

function wholeUtf8(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return back < length ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** The number of bytes from which the text was decoded. */
export function byteLength(text: string, encoding: Encoding): number {
  if (encoding === 'utf-8') return Buffer.byteLength(text);
  return encoding === 'utf-16le' || encoding === 'utf-16be' ? text.length * 2 : text.length;
}

/** Of a character below U+0080. */
export function unitLength(encoding: Encoding): number {
  return byteLength('\n', encoding);
}
