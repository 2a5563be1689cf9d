import { UnreadableFile, type CsvFormat, type CsvRow, type OpenContent } from './csv-format.ts';
import { readRows } from './read-rows.ts';

/** Without those after a place that cannot be read, which the check names. */
export async function readFirstRows(
  open: OpenContent,
  format: Pick<CsvFormat, 'encoding' | 'delimiter' | 'header'>,
): Promise<readonly CsvRow[]> {
  try {
    for await (const { rows } of readRows(open, format, null)) return rows;
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
  }
  return [];
}
