import { domainToASCII } from 'node:url';
import { expect } from 'chai';
import {
  parseEmailAddress,
  readableEmailAddress,
  withReadableAddresses,
  type EmailAddress,
} from '../../../src/domain/text/email-address.ts';

const label = 'd'.repeat(63);
/** With a local part of 64 characters, an address of 254 characters. */
const longestDomain = `${label}.${label}.${'d'.repeat(57)}.xyz`;
/** With the local part `boss`, 237 characters as typed and 277 in ASCII. */
const longInAscii = `${`ü${'d'.repeat(44)}.`.repeat(5)}co`;

const accepted: [typed: string, address: string][] = [
  ['boss@firm.co', 'boss@firm.co'],
  ['  Boss@Firm.CO\n', 'boss@firm.co'],
  ["o'brien.ada+orders@mail.firm.co.uk", "o'brien.ada+orders@mail.firm.co.uk"],
  ['a!#$%&*/?=^_`{|}~-b@firm.co', 'a!#$%&*/?=^_`{|}~-b@firm.co'],
  ['1@2.co', '1@2.co'],
  ['boss@a--b.firm-2.co', 'boss@a--b.firm-2.co'],
  [`${'l'.repeat(64)}@firm.co`, `${'l'.repeat(64)}@firm.co`],
  [`boss@${'d'.repeat(63)}.co`, `boss@${'d'.repeat(63)}.co`],
  [`${'l'.repeat(64)}@${longestDomain}`, `${'l'.repeat(64)}@${longestDomain}`],
  ['grace@MÜLLER.example', 'grace@xn--mller-kva.example'],
  ['grace@mu\u0308ller.example', 'grace@xn--mller-kva.example'],
  ['grace@XN--MLLER-KVA.example', 'grace@xn--mller-kva.example'],
  ['boss@straße.de', 'boss@xn--strae-oqa.de'],
  ['boss@STRAẞE.de', 'boss@xn--strae-oqa.de'],
  ['boss@βόλος.gr', 'boss@xn--nxasmm1c.gr'],
  ['boss@βόλοσ.gr', 'boss@xn--nxasmq6b.gr'],
  ['boss@उदाहरण.भारत', 'boss@xn--p1b6ci4b4b3a.xn--h2brj9c'],
  ['boss@例え。jp', 'boss@xn--r8jz45g.jp'],
  ['boss@例え｡jp', 'boss@xn--r8jz45g.jp'],
  ['ｂｏｓｓ＠ｆｉｒｍ．ｃｏ', 'boss@firm.co'],
];

const refused: Record<string, string[]> = {
  'text that is not exactly one address': [
    '',
    ' ',
    'boss',
    '@',
    'boss@',
    '@firm.co',
    'a@b@firm.co',
    'boss@@firm.co',
    'a＠b@firm.co',
    'a@firm.co, b@firm.co',
    'a@firm.co;b@firm.co',
    'a@firm.co b@firm.co',
    'Boss <boss@firm.co>',
    '<boss@firm.co>',
    'boss@firm.co\r\nBcc: b@firm.co',
    'mailto:boss@firm.co?subject=x@firm.co',
  ],
  'a domain with other parts of a URL': [
    'boss@firm.co/uk',
    'boss@firm.co／uk',
    'boss@firm.co?uk',
    'boss@firm.co#uk',
    'boss@firm.co\\uk',
    'boss@firm.co:25',
    'boss@firm.co：25',
    'boss@user:secret@firm.co',
    'boss@firm%2eco',
    'boss@firm.c%6f',
    'boss@firm％2eco',
    'boss@//firm.co',
  ],
  'a domain with characters that IDNA drops or replaces': [
    'boss@fi\u00adrm.co',
    'boss@fi\u200brm.co',
    'boss@fi\u200crm.co',
    'boss@fi\u200drm.co',
    'boss@fi\ufe0frm.co',
    'boss@fi\u034frm.co',
    'boss@fi\u2060rm.co',
    'boss@fi\u3164rm.co',
    'boss@fi\trm.co',
    'boss@fi\nrm.co',
    'boss@fi rm.co',
    'boss@firm\u2024co',
    'boss@firm.co\u202e',
    'boss@fir℀.co',
    'boss@firm².co',
    'boss@ⓕirm.co',
    'boss@firm_1.co',
    'boss@💩.la',
    'boss@firm!.co',
    'boss@firm*.co',
    'boss@(firm).co',
  ],
  'a domain that is not a host name of two or more labels': [
    'boss@firm',
    'boss@localhost',
    'boss@firm.co.',
    'boss@firm.co。',
    'boss@.firm.co',
    'boss@firm..co',
    'boss@.',
    'boss@-firm.co',
    'boss@firm-.co',
    'boss@firm.-co',
    'boss@-müller.example',
    'boss@müller-.example',
    `boss@${'d'.repeat(64)}.co`,
    `boss@${'ü'.repeat(63)}.example`,
    'boss@xn--.example',
    'boss@xn--a.example',
    'boss@xn--a-.example',
    'boss@\u0301firm.co',
  ],
  'a number or an IP address as the domain': [
    'boss@127.0.0.1',
    'boss@１２７.０.０.１',
    'boss@127.1',
    'boss@1.0x7f',
    'boss@1.2.3.0x7f',
    'boss@0x7f.1',
    'boss@firm.123',
    'boss@firm.١٢٣',
    'boss@[127.0.0.1]',
    'boss@[IPv6:::1]',
    'boss@[::1]',
  ],
  'a local part that is not an ASCII dot-atom': [
    '.boss@firm.co',
    'boss.@firm.co',
    'bo..ss@firm.co',
    'bo ss@firm.co',
    'bo\tss@firm.co',
    '"bo ss"@firm.co',
    '"boss"@firm.co',
    'bo\\ss@firm.co',
    'bo,ss@firm.co',
    'bo:ss@firm.co',
    'boss(ceo)@firm.co',
    'bo[s]s@firm.co',
    'bo\u200bss@firm.co',
    'bo\u00adss@firm.co',
    'bóss@firm.co',
    'бoss@firm.co',
    'ﬁn@firm.co',
    'a²@firm.co',
    'a℀b@firm.co',
    '\u212a@firm.co',
    'bo\u017fs@firm.co',
    `${'l'.repeat(65)}@firm.co`,
  ],
  'an encoded word as the local part': [
    '=?utf-8?q?boss=40evil.example=3e?=@firm.co',
    '=?UTF-8?B?Ym9zcw==?=@firm.co',
    'x=?utf-8?q?boss?=@firm.co',
    '＝？utf-8？q？boss？＝@firm.co',
  ],
  'an address of more than 254 characters': [
    `${'l'.repeat(64)}@${label}.${label}.${'d'.repeat(58)}.xyz`,
    `b@${label}.${label}.${label}.${'d'.repeat(61)}`,
    `${'l'.repeat(48)}@${label}.${label}.${label}.${'d'.repeat(61)}`,
    `boss@${longInAscii}`,
    `boss@${'例'.repeat(30_000)}.example`,
  ],
};

describe('parseEmailAddress', () => {
  for (const [typed, address] of accepted) {
    it(`reads ${shown(typed)} as ${shown(address)}`, () => {
      expect(parseEmailAddress(typed)).to.equal(address);
    });
    it(`returns ${shown(address)} unchanged`, () => {
      expect(parseEmailAddress(address)).to.equal(address);
    });
  }

  for (const [kind, examples] of Object.entries(refused)) {
    for (const typed of examples) {
      it(`refuses ${kind}: ${shown(typed)}`, () => {
        expect(parseEmailAddress(typed)).to.equal(undefined);
      });
    }
  }
});

describe('readableEmailAddress', () => {
  it('returns an internationalised domain in Unicode', () => {
    expect(readableEmailAddress(parseEmailAddress('grace@xn--mller-kva.example')!)).to.equal(
      'grace@müller.example',
    );
  });

  it('keeps a domain in ASCII that mixes Latin and Cyrillic letters or is invalid', () => {
    for (const address of ['a@xn--pple-43d.com', 'a@xn--a.com', 'a@firm.123'])
      expect(readableEmailAddress(address as EmailAddress)).to.equal(address);
  });

  for (const [kind, domain] of [
    ['Cyrillic letters that look Latin', 'xn--80ak6aa92e.com'],
    ['Latin and Armenian letters', 'xn--ggle-vifa.com'],
    ['a phonetic Latin letter', 'xn--oogle-qmc.com'],
    ['a sign that looks like a slash', 'xn--couk-1g7a.evil.com'],
    ['a Katakana letter that looks like a slash', `${domainToASCII('coノuk')}.evil.com`],
    ['an emoji', 'xn--i-7iq.ws'],
  ] as const)
    it(`keeps a domain in ASCII that has ${kind}`, () => {
      expect(readableEmailAddress(parseEmailAddress(`boss@${domain}`)!)).to.equal(`boss@${domain}`);
    });

  it('returns Cyrillic domains in Unicode that cannot be taken for Latin ones', () => {
    for (const address of ['a@москва.com', 'a@сор.рф'])
      expect(readableEmailAddress(parseEmailAddress(address)!)).to.equal(address);
  });

  it('returns an address that parseEmailAddress reads as the same address', () => {
    for (const [, address] of [...accepted, ['', 'a@xn--i-7iq.ws'], ['', 'a@xn--ls8h.la']] as const)
      expect(parseEmailAddress(readableEmailAddress(address as EmailAddress))).to.equal(address);
  });

  it('is done for each address within a text, and not for a host', () => {
    const text = 'Grace <grace@xn--mller-kva.example>, ada@mail.xn--mnchen-3ya.de. See xn--mnchen-3ya.de';
    expect(withReadableAddresses(text)).to.equal(
      'Grace <grace@müller.example>, ada@mail.münchen.de. See xn--mnchen-3ya.de',
    );
  });

  it('keeps the address of a link in ASCII, which every mail program understands', () => {
    const text = 'mailto:grace@xn--mller-kva.example, grace@xn--mller-kva.example';
    expect(withReadableAddresses(text)).to.equal('mailto:grace@xn--mller-kva.example, grace@müller.example');
  });

  it('returns an ASCII address unchanged', () => {
    expect(readableEmailAddress(parseEmailAddress('boss@firm.co')!)).to.equal('boss@firm.co');
  });
});

function shown(text: string): string {
  const escaped = text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}/gu, (sign) => {
    return `\\u{${sign.codePointAt(0)!.toString(16)}}`;
  });
  return escaped.length > 60 ? `${escaped.slice(0, 40)}… (${text.length} characters)` : escaped || 'nothing';
}
