import { normalEmail } from '../domain/text/email-address.ts';

/**
 * The address as a mail server takes it: the local part as stored, the domain in ASCII. Undefined when it is anything
 * but one mailbox (two of them, a line break, a name beside it), so that such a row can never become a header.
 */
export function oneMailbox(stored: string): string | undefined {
  const normal = normalEmail(stored);
  if (normal === undefined) return undefined;
  const plain = stored.normalize('NFKC').trim();
  return plain.slice(0, plain.lastIndexOf('@')) + normal.slice(normal.lastIndexOf('@'));
}
