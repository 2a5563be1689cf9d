import { expect } from 'chai';
import { withErrors } from '../../src/http/form.ts';
import { errorTexts, type ErrorCode } from '../../src/locales/error-texts.ts';
import { readSource, readSources, type Source } from './source-files.ts';

const SAYS_CONTACT = /contact \{tenant\}/i;

describe('texts that say to contact the tenant', () => {
  it('are followed by its email address and phone number in views', () => {
    const views = ['views/account', 'views/sign-in', 'views/errors', 'views/components'].flatMap((folder) =>
      readSources(folder, '.ejs'),
    );
    expect(views.filter(({ text }) => SAYS_CONTACT.test(text)).length).to.be.greaterThan(4);
    expect(views.flatMap(linesWithoutLinks)).to.eql([]);
  });

  it('are followed by its email address and phone number in errors of forms', () => {
    const codes = Object.entries(errorTexts.account).filter(([, text]) =>
      SAYS_CONTACT.test(typeof text === 'string' ? text : text.other),
    );
    expect(codes.map(([code]) => code)).to.eql(['account_disabled', 'email_not_available']);
    for (const [code] of codes) {
      const { errors } = withErrors({}, { errors: [{ field: 'username', code: code as ErrorCode }] });
      expect(errors['username']!.has_contact, code).to.equal(true);
    }
  });

  it('are in no other module, except those for customers without a context', () => {
    const modules = [...readSources('src/account', '.ts'), ...readSources('src/http', '.ts')];
    expect(modules.filter(({ text }) => SAYS_CONTACT.test(text)).map(({ file }) => file)).to.eql([
      'src/http/customer-context.ts',
    ]);
    expect(readSource('views/account/dashboard.ejs').text).to.match(
      /no_context\.params\), has_contact: true/,
    );
  });

  it('are found by the check when the links are missing', () => {
    const view = (text: string): Source => ({ file: 'x.ejs', text, lines: 1 });
    expect(linesWithoutLinks(view("<p><%= t('Or contact {tenant}.', { tenant }) %></p>"))).to.have.length(1);
    expect(linesWithoutLinks(view("<p><%= t('Or contact {tenant}.') %> <%- contactLinks() %></p>"))).to.eql(
      [],
    );
  });
});

function linesWithoutLinks({ file, text }: Source): string[] {
  return text
    .split('\n')
    .filter((line) => SAYS_CONTACT.test(line) && !/contactLinks\(|has_contact: true/.test(line))
    .map((line) => `${file}: ${line.trim()}`);
}
