import { domainToASCII, domainToUnicode } from 'node:url';

declare const parsed: unique symbol;

/** A normalised address: lower case, with the domain in ASCII. */
export type EmailAddress = string & { readonly [parsed]: true };

const MAX_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const LABEL_SEPARATOR = /[.\u3002\uff61]/;
const UNICODE_LABEL = /^(?!-)(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{Nd}-])+(?<!-)$/u;
/** Phonetic letters and letters without a dot or with a stroke, which differ little from those of ASCII. */
const UNUSUAL_LATIN = /[\u0131\u0138\u0180-\u019f\u01a2-\u01ae\u01b1-\u01cc\u0237\u0250-\u02af\u1d00-\u1dbf]/;
/** Cyrillic and Greek letters with the form of Latin ones. */
const LATIN_LOOKALIKES =
  /^[\u0430\u0433\u0435\u043e\u043f\u0440\u0441\u0443\u0445\u044a\u044c\u044b\u0455\u0456\u0458\u0461\u0475\u04ab\u04af\u04bb\u04bd\u04cf\u0501\u050d\u051b\u051d\u03b1\u03b3\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c9\d-]+$/;
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

/** Replaces internationalised domains of email addresses within a text by their Unicode form, except in links. */
export function withReadableAddresses(text: string): string {
  if (!text.includes('xn--')) return text;
  return text.replace(
    /(?<!mailto:[^\s@]{1,64})@([a-z0-9-]+\.)*xn--[a-z0-9-]+(\.[a-z0-9-]+)*/g,
    (domain) => `@${toReadableDomain(domain.slice(1))}`,
  );
}

/** In ASCII unless `parseEmailAddress` accepts the readable form for the same domain: forms show and submit it. */
function toReadableDomain(domain: string): string {
  const isCyrillic = /\p{Script=Cyrillic}/u.test(domainToUnicode(domain.slice(domain.lastIndexOf('.') + 1)));
  const labels = domain.split('.').map((label) => {
    const readable = label.startsWith('xn--') ? domainToUnicode(label) : label;
    return readable === '' || looksLatin(readable, isCyrillic) ? label : readable;
  });
  const readable = labels.join('.');
  return toAsciiDomain(readable) === domain ? readable : domain;
}

/** Whether a label in Unicode may be taken for one in Latin letters. In a Cyrillic domain, Cyrillic is expected. */
function looksLatin(label: string, isCyrillicDomain: boolean): boolean {
  if (/\p{Script=Latin}/u.test(label))
    return UNUSUAL_LATIN.test(label) || !/^[\p{Script=Latin}\p{M}\p{Nd}-]*$/u.test(label);
  return !isCyrillicDomain && LATIN_LOOKALIKES.test(label);
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
