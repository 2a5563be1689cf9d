import type { FileType } from './file-types.ts';

const MAX_HEAD = 4096;

type Detected = Exclude<FileType, 'docx' | 'xlsx' | 'odt' | 'ods'> | 'zip';

const signatures: readonly [Detected, (head: string) => boolean][] = [
  ['pdf', (head) => /^%PDF-\d/.test(head)],
  ['png', (head) => head.startsWith('\x89PNG\r\n\x1a\n')],
  ['jpeg', (head) => head.startsWith('\xff\xd8\xff')],
  ['gif', (head) => /^GIF8[79]a/.test(head)],
  ['webp', (head) => /^RIFF[^]{4}WEBP/.test(head)],
  ['zip', (head) => head.startsWith('PK\x03\x04')],
];

/** What a browser would take for a page or an image with scripts. */
const ACTIVE = /^\s*(?:\xef\xbb\xbf)?\s*<|<(?:!doctype|html|head|body|script|svg|iframe|\?xml)\b/i;

/** Other control characters than tab, line feed, form feed and carriage return. */
// oxlint-disable-next-line no-control-regex -- these bytes are looked for
const CONTROL = /[\x00-\x08\x0b\x0e-\x1f\x7f]/;

/** Reads the bytes of a file as they pass, and says what they are. */
export class ContentInspector {
  #head = Buffer.alloc(0);
  #isText = true;

  add(chunk: Uint8Array): void {
    if (this.#head.length < MAX_HEAD)
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, MAX_HEAD - this.#head.length)]);
    this.#isText &&= !CONTROL.test(
      Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1'),
    );
  }

  /** Null for what is not accepted. */
  get type(): Detected | null {
    const head = this.#head.toString('latin1');
    const known = signatures.find(([, begins]) => begins(head));
    if (known) return known[0];
    return this.#isText && head !== '' && !ACTIVE.test(head) ? 'text' : null;
  }
}
