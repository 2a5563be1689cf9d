/** A heading or a paragraph of a plain text. */
export interface TermsBlock {
  kind: 'heading' | 'paragraph';
  text: string;
}

const MAX_HEADING_LENGTH = 80;
/** Like `3. Payments`, `3.1 Invoices` or `§ 3 Payments`. */
const NUMBERED = /^(§ *\p{Nd}+|\p{Nd}+(\.\p{Nd}+)*[.)]|\p{Nd}+(\.\p{Nd}+)+) +\S/u;

/** A heading is a short line between empty lines, or the numbered first line of a paragraph. */
export function termsBlocks(body: string): TermsBlock[] {
  if (body.trim() === '') return [];
  const paragraphs = body.trim().split(/\n[^\S\n]*\n\s*/);
  return paragraphs.flatMap((text, index) => toBlocks(text, index === paragraphs.length - 1));
}

function toBlocks(text: string, isLast: boolean): TermsBlock[] {
  const [first = '', ...rest] = text.split('\n');
  const paragraph: TermsBlock = { kind: 'paragraph', text };
  if (!isShort(first)) return [paragraph];
  const heading: TermsBlock = { kind: 'heading', text: first.trim() };
  if (rest.length === 0) return isLast ? [paragraph] : [heading];
  // Several numbered lines are a list.
  if (!NUMBERED.test(first) || NUMBERED.test(rest[0]!)) return [paragraph];
  return [heading, { kind: 'paragraph', text: rest.join('\n') }];
}

// A string, because the build escapes the signs of strings and not those of regular expressions.
const SENTENCE_END = new RegExp('[.!?:;,…،؛؟。]\\s*$');

function isShort(line: string): boolean {
  return line.length <= MAX_HEADING_LENGTH && !SENTENCE_END.test(line);
}
