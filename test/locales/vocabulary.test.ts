import { expect } from 'chai';
import { b2bTexts, withVocabulary } from '../../src/locales/vocabulary.ts';
import { catalogues, translator } from '../../src/locales/translate.ts';
import { readSources } from '../architecture/source-files.ts';

describe('the B2B vocabulary', () => {
  const t = withVocabulary(translator('en'), 'b2b');

  it('replaces texts, plurals and keeps their parameters', () => {
    expect(t('Users')).to.equal('Customers');
    expect(t('No user matches “{q}”.', { q: 'x' })).to.equal('No customer matches “x”.');
    const users = { one: '{count} user', other: '{count} users' };
    expect(t(users, { count: 1 })).to.equal('1 customer');
    expect(t(users, { count: 2 })).to.equal('2 customers');
    expect(t('Emails')).to.equal('Emails');
  });

  it('changes nothing for a tenant with storage words', () => {
    expect(withVocabulary(translator('en'), 'storage')('Users')).to.equal('Users');
  });

  it('has only texts that exist in the code', () => {
    const sources = [...readSources('views', '.ejs'), ...readSources('src', '.ts')].filter(
      ({ file }) => file !== 'src/locales/vocabulary.ts',
    );
    const code = sources.map(({ text }) => text).join('\n');
    const unused = Object.keys(b2bTexts).filter(
      (text) => !code.includes(`'${text}'`) && !code.includes(`"${text}"`),
    );
    expect(unused).to.deep.equal([]);
  });

  it('has a translation of each text that replaces a text of the customer portal', () => {
    const missing = Object.entries(b2bTexts).filter(
      ([text, replaced]) =>
        Object.hasOwn(catalogues['ar']!, text) && !Object.hasOwn(catalogues['ar']!, replaced),
    );
    expect(missing).to.deep.equal([]);
  });
});
