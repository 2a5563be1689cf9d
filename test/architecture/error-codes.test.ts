import { expect } from 'chai';
import { errorTexts } from '../../src/locales/error-texts.ts';
import { importsOf, readSource, readSources, withoutComments, type Source } from './source-files.ts';

const PORTALS = {
  account: ['account'],
  operations: ['operations'],
  platform: ['platform', 'commands'],
};

/** Codes of staff actions in modules that the customer portal imports for other actions. */
const NOT_FOR_CUSTOMERS = [
  'agreement_missing',
  'already_deleted',
  'amount_too_small',
  'credit_too_large',
  'date_in_future',
  'date_in_past',
  'date_too_early',
  'deposit_returned',
  'deposit_settled',
  'document_changed',
  'document_confidential',
  'draft_to_issue',
  'email_just_resent',
  'email_pending',
  'invalid_company_code',
  'invalid_length',
  'invalid_quantity',
  'invalid_search_value',
  'invoice_changed',
  'kept_too_large',
  'line_credit_too_large',
  'line_too_large',
  'locked_out',
  'name_or_email_required',
  'negative_total',
  'no_credit',
  'no_lines',
  'no_pending_address',
  'not_a_draft',
  'not_creditable',
  'not_deletable',
  'not_moved_out_yet',
  'not_reserved',
  'not_retryable',
  'nothing_to_credit',
  'part_of_transfer',
  'reservation_in_past',
  'same_unit',
  'site_archived',
  'starts_later',
  'terms_outdated',
  'terms_unchanged',
  'too_many_search_terms',
  'unit_is_blocked',
  'unit_rented_from',
  'unit_rented_to',
  'refund_too_large',
  'refund_too_large_for_note',
  'not_a_payout',
  'unknown_customer',
  'unknown_address',
  'unknown_recipient',
  'unknown_search_key',
];

const allSources = readSources('src', '.ts').filter(({ file }) => !file.startsWith('src/locales/'));
const domain = allSources.filter(({ file }) => file.startsWith('src/domain/'));

describe('errors', () => {
  it('of the domain have codes instead of sentences, links and addresses of pages', () => {
    // The address of a style sheet.
    const checked = domain.filter(({ file }) => file !== 'src/domain/brand/theme-css.ts');
    expect(checked.flatMap(sentencesIn)).to.eql([]);
  });

  it('of the domain are found in typed values, not in the body of a form', () => {
    const readers = domain.filter((source) =>
      /\b(input|body|fields): unknown\b/.test(withoutComments(source)),
    );
    expect(readers.map(({ file }) => file)).to.eql(['src/domain/form/parse-values.ts']);
  });

  it('have a sentence in each portal that shows them', () => {
    for (const [portal, folders] of Object.entries(PORTALS)) {
      const known = codesOf(errorTexts[portal as keyof typeof errorTexts]);
      const missing = reachableSources(folders)
        .flatMap(codesIn)
        .filter((code) => !known.has(code));
      expect([...new Set(missing)], portal).to.have.members(portal === 'account' ? NOT_FOR_CUSTOMERS : []);
    }
  });

  it('use every code that has a sentence', () => {
    const used = new Set([...allSources.flatMap(codesIn), 'required', 'invalid']);
    const unused = Object.values(errorTexts).flatMap((texts) =>
      [...codesOf(texts)].filter((code) => !used.has(code)),
    );
    expect(unused).to.eql([]);
  });

  it('are named in snake_case', () => {
    const names = Object.values(errorTexts).flatMap((texts) => [...codesOf(texts)]);
    expect(names.filter((name) => !/^[a-z]+(_[a-z]+)*$/.test(name))).to.eql([]);
  });
});

describe('the check for sentences in the domain', () => {
  const sourceOf = (text: string): Source => ({ file: 'x.ts', text, lines: 1 });

  it('reports sentences, links and addresses of pages, and ignores codes and comments', () => {
    for (const text of [
      "return { text: 'Enter a name' };",
      "z.string().min(1, { error: 'Enter a name' })",
      'context.addIssue({ code, message: "Use {max} characters" });',
      "return { field, code, link: 'Find it' };",
      'return { field, code, href: `/users/${id}` };',
    ])
      expect(sentencesIn(sourceOf(text)), text).to.have.length(1);
    for (const text of [
      "return { field: 'name', code: 'required' };",
      "z.string().min(1, { error: 'required' })",
      "// { text: 'Enter a name' }",
    ])
      expect(sentencesIn(sourceOf(text)), text).to.eql([]);
  });
});

function codesOf(texts: object): Set<string> {
  return new Set(Object.keys(texts).map((key) => key.split('.').at(-1)!));
}

/** The codes of `{ field, code: '…' }`, of `{ code: '…' }` and of the checks in schemas. */
function codesIn(source: Source): string[] {
  const code = withoutComments(source);
  const found = code.matchAll(
    /(?:\{\s*|\bfield(?:: '\w+')?,\s*)code: '(\w+)'|\b(?:code|errorCode)\(\s*'(\w+)'/g,
  );
  return [...found]
    .map(([, inObject, inSchema]) => inObject ?? inSchema!)
    .filter((name) => name !== 'custom');
}

function sentencesIn(source: Source): string[] {
  const code = withoutComments(source);
  const found = code.matchAll(
    /\b(?:text|error|message|reason|link|href):\s*(['"`])(?:[A-Z{].*?[ a-z]|\/).*?\1/g,
  );
  return [...found].map(([text]) => `${source.file}: ${text}`);
}

function reachableSources(folders: string[]): Source[] {
  const start = allSources.filter(({ file }) => folders.includes(file.split('/')[1]!));
  const known = new Map(start.map((source) => [source.file, source]));
  for (const source of known.values()) {
    for (const { of, isType } of importsOf(source))
      if (!isType && /^src\/(sign-in|domain)\//.test(of) && !known.has(of)) known.set(of, readSource(of));
  }
  return [...known.values()];
}
