import { domainToASCII } from 'node:url';

const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Exactly one mailbox: ASCII local part, a domain of two labels or more, IDNA allowed. */
export function isEmailAddress(text: string): boolean {
  return normalEmail(text) !== undefined;
}

/**
 * The form addresses are compared and stored by: lower case, domain in ASCII. Undefined when it is no single mailbox.
 */
export function normalEmail(text: string): string | undefined {
  const trimmed = text.normalize('NFKC').trim();
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, at);
  const domain = trimmed.slice(at + 1);
  if (at < 1 || local.length > 64 || !LOCAL_PART.test(local)) return undefined;
  if (/[\s,;<>()"\\:[\]]/.test(domain)) return undefined;
  const ascii = domainToASCII(domain);
  const labels = ascii.split('.');
  if (labels.length < 2 || ascii.length > 253 || !labels.every((label) => LABEL.test(label)))
    return undefined;
  if (/^\d+$/.test(labels.at(-1)!)) return undefined;
  return `${local}@${ascii}`.toLowerCase();
}
