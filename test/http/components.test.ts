import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { emptyForm } from '../../src/http/form.ts';
import { loadComponents } from '../../src/http/components.ts';
import { formatters } from '../../src/locales/locales.ts';
import { translator } from '../../src/locales/translate.ts';

describe('components', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'components-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text);
  const page = {
    t: translator('ar'),
    form: { values: { name: 'Ada' }, errors: {} },
    csrf_token: 'token',
    form_key: '',
    ...formatters('en', 'UTC'),
    hint: 'of the page',
  };

  const load = () => loadComponents(folder, false)(page, 'users');

  it('are functions with the names of their files in camel case', () => {
    write('copy-text-box.ejs', '<p><%= text %></p>');
    write('README.md', '');
    const components = load();
    expect(Object.keys(components)).to.eql(['copyTextBox']);
    expect(components['copyTextBox']!({ text: '<b>' })).to.equal('<p>&lt;b&gt;</p>');
  });

  it('do not see the other locals of the page', () => {
    write('note.ejs', '<%= locals.hint %>');
    write('strict-note.ejs', '<%= hint %>');
    const { note, strictNote } = load();
    expect(note!()).to.equal('');
    expect(() => strictNote!()).to.throw('hint is not defined');
    expect(strictNote!({ hint: 'An argument' })).to.equal('An argument');
  });

  it('receive the translator, the form, the CSRF token and the formatters of the page', () => {
    write(
      'box.ejs',
      "<%= t('Log in') %> <%= form.values.name %> <%= csrf_token %> <%= formatNumber(1234) %>",
    );
    expect(load()['box']!()).to.equal(`${translator('ar')('Log in')} Ada token 1,234`);
  });

  it('use the form that is passed to them instead of the form of the page', () => {
    write('box.ejs', '<%= form.values.name %>');
    expect(load()['box']!({ form: emptyForm })).to.equal('');
  });

  it('call other components, which do not see the arguments of the caller', () => {
    write('outer.ejs', '<p><%- inner({ text }) %></p>');
    write('inner.ejs', '<%= text %><%= locals.tone %>');
    const { outer } = load();
    expect(outer!({ text: 'Hello', tone: 'bad' })).to.equal('<p>Hello</p>');
  });

  it('refuse an argument with the name of a component', () => {
    write('badge.ejs', '');
    write('row.ejs', '');
    const { row } = load();
    expect(() => row!({ badge: 'x' })).to.throw(
      'The local badge of the component row has the name of a component',
    );
  });

  it('refuse a local of the page with the name of a component', () => {
    write('hint.ejs', '');
    expect(load).to.throw('The local hint of the view users has the name of a component');
  });

  it('are compiled once for all pages when they are cached', () => {
    write('box.ejs', 'first');
    const bind = loadComponents(folder, true);
    expect(bind(page, 'users')['box']!()).to.equal('first');
    write('box.ejs', 'second');
    expect(bind(page, 'users')['box']!()).to.equal('first');
  });

  it('are compiled once for each page when they are not cached', () => {
    write('box.ejs', 'first');
    const bind = loadComponents(folder, false);
    const { box } = bind(page, 'users');
    expect(box!()).to.equal('first');
    write('box.ejs', 'second');
    expect(box!()).to.equal('first');
    expect(bind(page, 'users')['box']!()).to.equal('second');
  });
});
