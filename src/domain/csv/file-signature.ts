/** What a file is by its first bytes, when it cannot be a CSV. */
export type ForeignFile =
  | 'file_is_compressed'
  | 'file_is_spreadsheet'
  | 'file_is_pdf'
  | 'file_is_image'
  | 'file_is_web_page'
  | 'file_is_json';

const signatures: readonly { code: ForeignFile; bytes: readonly number[] }[] = [
  { code: 'file_is_compressed', bytes: [0x1f, 0x8b] },
  { code: 'file_is_compressed', bytes: [0x42, 0x5a, 0x68] },
  { code: 'file_is_compressed', bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { code: 'file_is_compressed', bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
  { code: 'file_is_compressed', bytes: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07] },
  { code: 'file_is_compressed', bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { code: 'file_is_spreadsheet', bytes: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1] },
  { code: 'file_is_pdf', bytes: [0x25, 0x50, 0x44, 0x46, 0x2d] },
  { code: 'file_is_image', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { code: 'file_is_image', bytes: [0xff, 0xd8, 0xff] },
  { code: 'file_is_image', bytes: [0x47, 0x49, 0x46, 0x38] },
];

const ZIP = [0x50, 0x4b, 0x03, 0x04];

/** Undefined for a file that may be text. */
export function foreignFile(head: Buffer): ForeignFile | undefined {
  const beginsWith = (bytes: readonly number[]) => bytes.every((byte, index) => head[index] === byte);
  if (beginsWith(ZIP)) return isSpreadsheet(head) ? 'file_is_spreadsheet' : 'file_is_compressed';
  if (head.subarray(8, 12).toString('latin1') === 'WEBP') return 'file_is_image';
  return signatures.find(({ bytes }) => beginsWith(bytes))?.code;
}

/** The names of the first files of the archive stand uncompressed. Numbers, Excel and OpenDocument. */
function isSpreadsheet(head: Buffer): boolean {
  const text = head.subarray(0, 8_192).toString('latin1');
  return /\[Content_Types\]\.xml|_rels\/|xl\/|mimetypeapplication\/vnd|Index\//.test(text);
}

const texts: readonly { code: ForeignFile; pattern: RegExp }[] = [
  { code: 'file_is_web_page', pattern: /^<(!doctype|!--|\?xml|html|head|body|table|meta|svg)/i },
  { code: 'file_is_json', pattern: /^[{[]\s*(["{[]|$)/ },
];

/** Undefined for a text that may be a CSV. */
export function foreignText(text: string): ForeignFile | undefined {
  const beginning = text.slice(0, 500).trimStart();
  return texts.find(({ pattern }) => pattern.test(beginning))?.code;
}
