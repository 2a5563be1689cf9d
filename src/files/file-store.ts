import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';
import { isId } from '../database/new-id.ts';

/** Of a file. Both ids are UUIDs, so that no text of a user becomes a part of a path. */
export interface FileKey {
  tenantId: string;
  id: string;
}

type FileContent = AsyncIterable<string | Uint8Array> | readonly string[];

/** Of a file, in bytes. `end` is exclusive and at least one more than `start`; without it, up to the end of the file. */
export interface FilePart {
  start: number;
  end?: number;
}

export interface FileStore {
  /** Stores the whole content or nothing, and returns the number of bytes. */
  put(key: FileKey, content: FileContent): Promise<number>;
  open(key: FileKey, part?: FilePart): Readable;
  /** Returns undefined if the file does not exist. */
  size(key: FileKey): Promise<number | undefined>;
  /** Also deletes what a process that stopped has written. */
  delete(key: FileKey): Promise<void>;
}

/** @param url FILES_URL, a file URL */
export function openFileStore(url: string): FileStore {
  const folder = fileURLToPath(url);
  return {
    put: (key, content) => writeWhole(pathOf(folder, key), content),
    open: (key, part) =>
      createReadStream(
        pathOf(folder, key),
        part && { start: part.start, ...(part.end !== undefined && { end: part.end - 1 }) },
      ),
    size: (key) => sizeOf(pathOf(folder, key)),
    delete: async (key) => {
      const file = pathOf(folder, key);
      await Promise.all([rm(file, { force: true }), rm(temporaryName(file), { force: true })]);
    },
  };
}

function pathOf(folder: string, { tenantId, id }: FileKey): string {
  if (!isId(tenantId) || !isId(id)) throw new Error('The key of a file must be two UUIDs');
  return path.join(folder, tenantId, id);
}

function temporaryName(file: string): string {
  return `${file}.part`;
}

async function writeWhole(file: string, content: FileContent): Promise<number> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = temporaryName(file);
  const handle = await open(temporary, 'w', 0o600);
  try {
    await writeFile(handle, content);
    await handle.sync();
    const { size } = await handle.stat();
    await rename(temporary, file);
    return size;
  } finally {
    await handle.close();
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
