import { expect } from 'chai';
import { catalogues, type Plural } from '../../src/locales/translate.ts';
import { customerModules, customerViews, sentencesOfModule, sentencesOfView } from './sentences.ts';

const views = customerViews();
const modules = customerModules();
const inViews = new Set(views.flatMap(({ text }) => sentencesOfView(text)));
const inModules = new Set(modules.flatMap(sentencesOfModule));

describe('the words a customer reads', () => {
  it('are found', () => {
    expect(inViews).to.include('Forgot password?');
    expect(inViews).to.include('Activate Account');
    expect(inModules).to.include('Enter your password');
    expect(inModules).to.include('You have been logged out.');
    expect(inModules).to.include('Page not found');
  });

  for (const [locale, words] of Object.entries(catalogues)) {
    const isTranslated = (sentence: string) => Object.hasOwn(words, sentence);

    it(`are all there in ${locale}, in pages and mails`, () => {
      expect([...inViews].filter((sentence) => !isTranslated(sentence))).to.eql([]);
    });

    it(`are all there in ${locale}, in what forms and errors say`, () => {
      expect([...inModules].filter((sentence) => !isTranslated(sentence))).to.eql([]);
    });

    it(`name the same things in ${locale} as in English`, () => {
      const wrong = Object.entries(words).filter(([sentence, translation]) => {
        const needed = placeholders(sentence);
        return formsOf(translation).some(
          (form) => !isSubset(placeholders(form), needed) || form.trim() === '',
        );
      });
      expect(wrong.map(([sentence]) => sentence)).to.eql([]);
      const lost = Object.entries(words).filter(
        ([sentence, translation]) =>
          typeof translation === 'string' && !isSubset(placeholders(sentence), placeholders(translation)),
      );
      expect(lost.map(([sentence]) => sentence)).to.eql([]);
    });

    it(`have every form that ${locale} counts by`, () => {
      const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions();
      const lacking = Object.entries(words).filter(
        ([, entry]) => typeof entry !== 'string' && !pluralCategories.every((form) => form in entry),
      );
      expect(lacking.map(([sentence]) => sentence)).to.eql([]);
    });
  }
});

describe('the look at the words', () => {
  it('finds them in views, choices and plurals included', () => {
    const view = `<p><%= t('Hello') %></p><%- include('/components/field', { name: 'x', label: t("It's") }) %>
      <%= t(kind === 'a' ? 'This one' : 'That one', { name }) %><%= t({ one: '{count} unit', other: '{count} units' }, { count }) %>
      <%= next('Not this') %>`;
    expect(sentencesOfView(view)).to.eql(['Hello', "It's", 'This one', 'That one', '{count} units']);
  });

  it('finds them in modules', () => {
    const text = `flash(req, res, 'It was saved.', { kind: 'ok' });
      const wrong = { text: 'Enter a name', href: '/x' }; // text: 'Not this'
      z.object({ name: line('Enter the name'), code: z.string().max(3, { error: 'Too long' }) });`;
    expect(sentencesOfModule({ file: 'x.ts', text, lines: 3 })).to.have.members([
      'It was saved.',
      'Enter a name',
      'Enter the name',
      'Too long',
    ]);
  });
});

function formsOf(entry: string | Plural): string[] {
  return typeof entry === 'string' ? [entry] : Object.values(entry);
}

function placeholders(sentence: string): string[] {
  return [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
}

function isSubset(some: string[], all: string[]): boolean {
  return some.every((each) => all.includes(each));
}
