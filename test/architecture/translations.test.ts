import { expect } from 'chai';
import { errorTexts } from '../../src/locales/error-texts.ts';
import { catalogues, type Plural } from '../../src/locales/translate.ts';
import { readSources, type Source } from './source-files.ts';
import { customerModules, customerViews, textsInModule, textsInView } from './translatable-text.ts';

const viewTexts = new Set(customerViews().flatMap(({ text }) => textsInView(text)));
const moduleTexts = new Set([
  ...customerModules().flatMap(textsInModule),
  ...Object.values<string | Plural>(errorTexts.account).map(keyOf),
]);

/** Instead of: log in, email, already exists, after you opened this page; and apologies. */
const OTHER_WORDS =
  /\bsign(ed)?[ -](in|out)\b|\bmails?\b(?! server)|\bexists already\b|\bmeanwhile\b|\b(please|sorry)\b/i;

describe('texts', () => {
  it('with a number of things are plurals, selected by {count}', () => {
    const sources = [...readSources('src', '.ts'), ...readSources('views', '.ejs')];
    expect(sources.flatMap(countsWithoutPlural)).to.eql([]);
  });

  it('use one word for each thing and do not apologise', () => {
    expect(allTexts().filter((text) => OTHER_WORDS.test(text))).to.eql([]);
  });

  it('without plural forms are found by the check', () => {
    const text =
      "a: 'In {seconds} seconds', b: { one: '{count} user', other: '{count} users' }, c: '{count} users'";
    expect(countsWithoutPlural({ file: 'a.ts', text, lines: 1 })).to.eql([
      'a.ts: In {seconds} seconds',
      'a.ts: {count} users',
    ]);
  });
});

describe('translations', () => {
  it('are checked for the known texts of views and modules', () => {
    expect(viewTexts).to.include('Forgot password?');
    expect(viewTexts).to.include('Activate Account');
    expect(viewTexts, 'a text of a component').to.include('(optional)');
    expect(viewTexts, 'a text of a part of the layout').to.include('Skip to main content');
    expect(moduleTexts).to.include('Enter your password');
    expect(moduleTexts).to.include('You have been logged out.');
    expect(moduleTexts).to.include('Page not found');
  });

  for (const [locale, catalogue] of Object.entries(catalogues)) {
    const isTranslated = (text: string) => Object.hasOwn(catalogue, text);

    it(`exist in ${locale} for every text of customer views and mails`, () => {
      expect([...viewTexts].filter((text) => !isTranslated(text))).to.eql([]);
    });

    it(`exist in ${locale} for every text of customer forms, notices and errors`, () => {
      expect([...moduleTexts].filter((text) => !isTranslated(text))).to.eql([]);
    });

    it(`in ${locale} are not empty and use only the placeholders of the English text`, () => {
      const wrong = Object.entries(catalogue).filter(([text, translation]) =>
        formsOf(translation).some(
          (form) => !isSubset(placeholders(form), placeholders(text)) || form.trim() === '',
        ),
      );
      expect(wrong.map(([text]) => text)).to.eql([]);
    });

    it(`in ${locale} keep every placeholder of the English text`, () => {
      const lost = Object.entries(catalogue).filter(
        ([text, translation]) =>
          typeof translation === 'string' && !isSubset(placeholders(text), placeholders(translation)),
      );
      expect(lost.map(([text]) => text)).to.eql([]);
    });

    it(`in ${locale} have every plural category of the language`, () => {
      const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions();
      const incomplete = Object.entries(catalogue).filter(
        ([, entry]) => typeof entry !== 'string' && !pluralCategories.every((form) => form in entry),
      );
      expect(incomplete.map(([text]) => text)).to.eql([]);
    });
  }
});

describe('the search for translatable texts', () => {
  it('finds the texts of a view, including conditional texts and plurals', () => {
    const view = `<p><%= t('Hello') %></p><%- field({ name: 'x', label: t("It's") }) %>
      <%= t(kind === 'a' ? 'This one' : 'That one', { name }) %><%= t({ one: '{count} unit', other: '{count} units' }, { count }) %>
      <%= next('Not this') %>`;
    expect(textsInView(view)).to.eql(['Hello', "It's", 'This one', 'That one', '{count} units']);
  });

  it('finds the texts of a module and ignores its comments', () => {
    const text = `flash(req, res, 'It was saved.', { kind: 'ok' });
      const wrong = { text: 'Enter a name', href: '/x' }; // text: 'Not this'
      const page = { title: 'Users' }; t('Hello'); refuse({ field: 'name', code: 'required' });`;
    expect(textsInModule({ file: 'x.ts', text, lines: 3 })).to.have.members([
      'It was saved.',
      'Enter a name',
      'Users',
      'Hello',
    ]);
  });
});

function allTexts(): string[] {
  return [
    ...readSources('views', '.ejs').flatMap(({ text }) => textsInView(text)),
    ...readSources('src', '.ts').flatMap(textsInModule),
    ...Object.values(errorTexts).flatMap((texts) => Object.values<string | Plural>(texts).map(keyOf)),
  ];
}

/** The catalogue has a plural under its `other` form. */
function keyOf(text: string | Plural): string {
  return typeof text === 'string' ? text : text.other;
}

/** A number before the name of what is counted. `{count}+` is never one. */
function countsWithoutPlural({ file, text }: Source): string[] {
  const literals = text.matchAll(
    /(\b(?:one|other): )?'([^'\n]*\{(?:count|seconds|minutes|hours|days)\} [a-z][^'\n]*)'/g,
  );
  return [...literals].filter(([, form]) => !form).map(([, , literal]) => `${file}: ${literal}`);
}

function formsOf(entry: string | Plural): string[] {
  return typeof entry === 'string' ? [entry] : Object.values(entry);
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
}

function isSubset(some: string[], all: string[]): boolean {
  return some.every((each) => all.includes(each));
}
