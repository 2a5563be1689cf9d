/** As sizes are shown. */
export const MEGABYTE = 1_000_000;

/** What a file is by its content. No browser runs one of these. */
export const fileTypes = {
  pdf: { label: 'PDF', media: 'application/pdf', endings: ['pdf'] },
  png: { label: 'PNG image', media: 'image/png', endings: ['png'] },
  jpeg: { label: 'JPEG image', media: 'image/jpeg', endings: ['jpg', 'jpeg'] },
  gif: { label: 'GIF image', media: 'image/gif', endings: ['gif'] },
  webp: { label: 'WebP image', media: 'image/webp', endings: ['webp'] },
  docx: {
    label: 'Word document',
    media: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    endings: ['docx'],
  },
  xlsx: {
    label: 'Excel workbook',
    media: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    endings: ['xlsx'],
  },
  odt: { label: 'OpenDocument text', media: 'application/vnd.oasis.opendocument.text', endings: ['odt'] },
  ods: {
    label: 'OpenDocument spreadsheet',
    media: 'application/vnd.oasis.opendocument.spreadsheet',
    endings: ['ods'],
  },
  text: { label: 'Text', media: 'text/plain', endings: ['txt', 'csv'] },
} as const satisfies Record<string, { label: string; media: string; endings: readonly string[] }>;

export type FileType = keyof typeof fileTypes;

const allEndings: readonly string[] = Object.values(fileTypes).flatMap(({ endings }) => [...endings]);

/** For the attribute `accept` of a file input. */
export const ACCEPTED_DOCUMENTS = allEndings.map((ending) => `.${ending}`).join(',');

/**
 * The name with an ending of the type: a program on the reader's computer goes by the ending. Null if a text has the
 * ending of another type, which it is not.
 */
export function nameForType(name: string, type: FileType): string | null {
  const { endings } = fileTypes[type];
  const given = /\.([^.]{1,10})$/.exec(name)?.[1]?.toLowerCase() ?? '';
  if ((endings as readonly string[]).includes(given)) return name;
  if (type === 'text' && allEndings.includes(given)) return null;
  return `${name || 'document'}.${endings[0]}`;
}
