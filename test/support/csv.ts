import { readRows } from '../../src/domain/csv/read-rows.ts';
import type { CsvBatch, CsvFormat, CsvPlace, OpenContent } from '../../src/domain/csv/csv-format.ts';

/** In parts of a few bytes, so that characters and line ends are cut. */
export function contentOf(content: string | Uint8Array, partBytes = 50_000): OpenContent {
  const bytes = Buffer.from(content as string);
  return async function* (from) {
    for (let at = from; at < bytes.length; at += partBytes) {
      yield await Promise.resolve(bytes.subarray(at, at + partBytes));
    }
  };
}

export async function readBatches(
  open: OpenContent,
  format: CsvFormat,
  place: CsvPlace | null = null,
): Promise<CsvBatch[]> {
  const batches: CsvBatch[] = [];
  for await (const batch of readRows(open, format, place)) batches.push(batch);
  return batches;
}

export async function readAllRows(open: OpenContent, format: CsvFormat, place: CsvPlace | null = null) {
  return (await readBatches(open, format, place)).flatMap(({ rows }) => rows);
}
