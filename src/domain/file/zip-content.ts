import type { Readable } from 'node:stream';
import type { FileKey, FileStore } from '../../files/file-store.ts';
import type { FileType } from './file-types.ts';

/** Of the end record with its longest comment. */
const MAX_END = 22 + 0xffff;
const MAX_DIRECTORY = 1024 * 1024;
const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;

const MIMETYPE = 'application/vnd.oasis.opendocument.';

/** Which Office document a stored ZIP file is, by the names in its directory. Null for another archive. */
export async function officeType(
  files: FileStore,
  key: FileKey,
  byte_count: number,
): Promise<FileType | null> {
  const names = await entryNames(files, key, byte_count);
  // Macros.
  if (!names || names.some((name) => /vbaproject|^basic\//i.test(name))) return null;
  if (names.includes('[Content_Types].xml')) {
    const types = [
      ['docx', 'word/document.xml'],
      ['xlsx', 'xl/workbook.xml'],
    ] as const;
    return types.find(([, part]) => names.includes(part))?.[0] ?? null;
  }
  if (!names.includes('content.xml') || names[0] !== 'mimetype') return null;
  const head = await readRange(files, key, 0, Math.min(byte_count, 200));
  // The first entry is stored without compression.
  const [, kind] = new RegExp(`${MIMETYPE}(text|spreadsheet)(?![-a-z])`).exec(head.toString('latin1')) ?? [];
  return kind === 'text' ? 'odt' : kind === 'spreadsheet' ? 'ods' : null;
}

/** Undefined for a damaged archive. */
async function entryNames(
  files: FileStore,
  key: FileKey,
  byte_count: number,
): Promise<readonly string[] | undefined> {
  const start = Math.max(0, byte_count - MAX_END);
  const tail = await readRange(files, key, start, byte_count);
  for (let at = tail.length - 22; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== END_SIGNATURE || at + 22 + tail.readUInt16LE(at + 20) !== tail.length)
      continue;
    const size = tail.readUInt32LE(at + 12);
    const offset = tail.readUInt32LE(at + 16);
    if (size > MAX_DIRECTORY || offset + size !== start + at) return undefined;
    return namesIn(await readRange(files, key, offset, offset + size), tail.readUInt16LE(at + 10));
  }
  return undefined;
}

function namesIn(directory: Buffer, count: number): readonly string[] | undefined {
  const names: string[] = [];
  let at = 0;
  while (at + 46 <= directory.length && directory.readUInt32LE(at) === ENTRY_SIGNATURE) {
    const [name, extra, comment] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field));
    names.push(directory.toString('utf8', at + 46, at + 46 + name!));
    at += 46 + name! + extra! + comment!;
  }
  return at === directory.length && names.length === count ? names : undefined;
}

/** `end` is exclusive. */
async function readRange(files: FileStore, key: FileKey, start: number, end: number): Promise<Buffer> {
  if (end <= start) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  const content: Readable = files.open(key, { start, end });
  for await (const chunk of content) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
