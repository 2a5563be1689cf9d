import { domainToASCII, domainToUnicode } from 'node:url';

declare const parsed: unique symbol;

/** A normalised address: lower case, with the domain in ASCII. */
export type EmailAddress = string & { readonly [parsed]: true };

const MAX_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const LABEL_SEPARATOR = /[.\u3002\uff61]/;
const UNICODE_LABEL = /^(?!-)(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{Nd}-])+(?<!-)$/u;
const ASCII_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Accepts an ASCII dot-atom, and a domain of two or more labels, which may be internationalised. */
export function parseEmailAddress(text: string): EmailAddress | undefined {
  const typed = toHalfWidth(text.trim());
  if (typed.length > MAX_LENGTH) return undefined;
  const [local, domain, ...rest] = typed.split('@');
  if (local === undefined || domain === undefined || rest.length > 0) return undefined;
  const asciiDomain = toAsciiDomain(domain);
  if (!isLocalPart(local) || asciiDomain === undefined) return undefined;
  const address = `${local.toLowerCase()}@${asciiDomain}`;
  return address.length <= MAX_LENGTH ? (address as EmailAddress) : undefined;
}

export function readableEmailAddress(address: EmailAddress): string {
  return withReadableAddresses(address);
}

/** Replaces internationalised domains of email addresses within a text by their Unicode form. */
export function withReadableAddresses(text: string): string {
  if (!text.includes('xn--')) return text;
  return text.replace(
    /@([a-z0-9-]+\.)*xn--[a-z0-9.-]+/g,
    (domain) => `@${toReadableDomain(domain.slice(1))}`,
  );
}

/** Keeps labels in ASCII that mix alphabets whose letters look alike. */
function toReadableDomain(domain: string): string {
  const labels = domain.split('.').map((label) => {
    if (!label.startsWith('xn--')) return label;
    const readable = domainToUnicode(label);
    const isMixed =
      /\p{Script=Latin}/u.test(readable) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(readable);
    return readable === '' || isMixed ? label : readable;
  });
  return labels.join('.');
}

/** Refuses an encoded word (RFC 2047): mail software may decode it to another address. */
function isLocalPart(text: string): boolean {
  return text.length <= MAX_LOCAL_LENGTH && LOCAL_PART.test(text) && !text.includes('=?');
}

function toAsciiDomain(domain: string): string | undefined {
  const labels = domain.split(LABEL_SEPARATOR);
  if (labels.length < 2 || !labels.every((label) => UNICODE_LABEL.test(label))) return undefined;
  // domainToASCII parses the host of a URL, which may end early or be an IP address, so the result is checked too.
  const ascii = domainToASCII(withSmallSharpS(labels.join('.')));
  const asciiLabels = ascii.split('.');
  if (asciiLabels.length !== labels.length || !asciiLabels.every((label) => ASCII_LABEL.test(label)))
    return undefined;
  return isNumber(labels.at(-1)!) || isNumber(asciiLabels.at(-1)!) ? undefined : ascii;
}

/** Older versions of Node map the capital sharp s to `ss`, which is another domain. */
function withSmallSharpS(domain: string): string {
  return domain.replaceAll('ẞ', 'ß');
}

function isNumber(label: string): boolean {
  return /^\p{Nd}+$/u.test(label);
}

/** East Asian keyboards produce full-width ASCII. */
function toHalfWidth(text: string): string {
  return text.replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0));
}
