import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { loadViews } from '../src/views.ts';

const development = { isCached: false, isChecked: true };
const production = { isCached: true, isChecked: false };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'views-'));
  mkdirSync(path.join(folder, 'components'));
  mkdirSync(path.join(folder, 'users'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => writeFileSync(path.join(folder, `${name}.ejs`), text);

for (const [mode, options] of Object.entries({ development, production })) {
  describe(`views in ${mode}`, () => {
    const render = (name: string, locals = {}) => loadViews(folder, options)(name, locals);

    it('receive locals by their names and in the object locals', () => {
      write('page', '<p><%= name %> <%= locals.name %><%= locals.note %></p>');
      expect(render('page', { name: '<b>' })).to.equal('<p>&lt;b&gt; &lt;b&gt;</p>');
    });

    it('output nothing for null and undefined, and escape every special character', () => {
      write('page', '<%= a %><%= b %><%= c %>|<%= d %>');
      expect(render('page', { a: null, b: undefined, c: 0, d: `&<>"'x` })).to.equal(
        '0|&amp;&lt;&gt;&#34;&#39;x',
      );
    });

    it('escape with the given function', () => {
      write('page', '<%= name %>');
      const shout = (value: string) => value.toUpperCase();
      expect(loadViews(folder, { ...options, escape: shout })('page', { name: '<b>' })).to.equal('<B>');
    });

    it('receive names that appear in template literals, spreads, keys without a value and branches', () => {
      write(
        'page',
        "<% const f = (x) => Object.values(x).join(''); %><%= `${a}${b ? `${c}` : ''}` %><%= f({ ...d, e, g: h }) %><%= i ? j : k %>",
      );
      const locals = { a: 1, b: 2, c: 3, d: [4], e: 5, h: 6, i: 0, j: 7, k: 8 };
      expect(render('page', locals)).to.equal('134568');
    });

    it('can declare a variable with the name of a local', () => {
      write(
        'page',
        '<% for (const user of users) { %><%= user %><% } const name = locals.name + 1; %><%= name %>',
      );
      expect(render('page', { users: ['a', 'b'], user: 'c', name: 1 })).to.equal('ab2');
    });

    it('receive names beside comments with apostrophes and names with letters of other alphabets', () => {
      write('page', "<% /* don't */ const a = name; // it's\n const b = `${größe}`; %><%= a + b + 'x' %>");
      expect(render('page', { name: 1, größe: 2 })).to.equal('12x');
    });

    it('receive locals with the names of globals of Node', () => {
      write('page', '<%= process %><%= name %><%= performance %>');
      expect(render('page', { process: 1, name: 2, performance: 3 })).to.equal('123');
    });

    it('include views relative to the folder and to themselves, with all locals and further ones', () => {
      write(
        'users/page',
        "<%- include('part') %><%- include('/layout', { b: 3 }) %><%- include('part', { a: 4 }) %>",
      );
      write('users/part', '(<%= a %><%= b %>)');
      write('layout', "[<%= b %><%- include('users/part') %>]");
      expect(render('users/page', { a: 1, b: 2 })).to.equal('(12)[3(13)](42)');
    });

    it('throw for a view that does not exist', () => {
      write('page', "<%- include('missing') %>");
      expect(() => render('page')).to.throw('missing.ejs');
    });

    it('call components by the names of their files in camel case', () => {
      write('components/copy-text-box', '<p><%= text %></p>');
      writeFileSync(path.join(folder, 'components/README.md'), '');
      write('page', "<%- copyTextBox({ text: '<b>' }) %>");
      expect(render('page')).to.equal('<p>&lt;b&gt;</p>');
    });

    it('give components the shared locals of the page and no others', () => {
      write('components/note', '<%= locals.hint %>|<%= token %>');
      write('page', '<%- note() %>');
      const shared = loadViews(folder, { ...options, shared: ['token'] });
      expect(shared('page', { hint: 'of the page', token: 'secret' })).to.equal('|secret');
    });

    it('give a component the shared local that is passed to it instead of that of the page', () => {
      write('components/note', '<%= form %>');
      write('part', "<%- note({ form: 'passed' }) %> <%- note() %>");
      write('page', "<%- include('part', { form: 'of the include' }) %>");
      const shared = loadViews(folder, { ...options, shared: ['form'] });
      expect(shared('page', { form: 'of the page' })).to.equal('passed of the page');
    });

    it('let components call other components, which do not see the arguments of the caller', () => {
      write('components/outer', '<p><%- inner({ text }) %></p>');
      write('components/inner', '<%= text %><%= locals.tone %><%= token %>');
      write('page', "<%- outer({ text: 'Hello', tone: 'bad' }) %>");
      const shared = loadViews(folder, { ...options, shared: ['token'] });
      expect(shared('page', { token: 1 })).to.equal('<p>Hello1</p>');
    });
  });
}

describe('views in development', () => {
  it('throw for the use of a name that they did not receive, with the file and the line', () => {
    write('page', '<p>\n<% if (locals.name) { %><%= name %><% } %>\n<%= hint %>');
    write('components/note', '<%= hint %>');
    write('other', '<%- note() %>');
    const render = loadViews(folder, development);
    expect(() => render('page', {})).to.throw(/page\.ejs:3[^]*hint is not defined/);
    expect(() => render('page', { name: 1 })).to.throw('hint is not defined');
    expect(render('page', { hint: 1 })).to.equal('<p>\n\n1');
    expect(() => render('page', {})).to.throw('hint is not defined');
    expect(() => render('other', { hint: 1 })).to.throw(/note\.ejs:1[^]*hint is not defined/);
  });

  it('throw for the assignment to a name that they did not declare', () => {
    write('page', '<% total = 1; %>');
    expect(() => loadViews(folder, development)('page', {})).to.throw('total is not defined');
  });

  it('throw for a name that they did not receive although Node or the test framework has a global of that name', () => {
    for (const name of ['process', 'after', 'context', 'run'].filter((each) => each in globalThis)) {
      write(name, `<%= ${name} %>`);
      expect(() => loadViews(folder, development)(name, {}), name).to.throw(ReferenceError, name);
    }
  });

  it('quote only lines of the file in errors', () => {
    write('page', '<p>\n<%= hint %>');
    expect(() => loadViews(folder, development)('page', {})).to.throw(
      /page\.ejs:2\n    1\| <p>\n >> 2\| <%= hint %>\n\nhint is not defined$/,
    );
  });

  it('show a component that is added and forget one that is removed', () => {
    write('page', '<%- note() %>');
    const render = loadViews(folder, development);
    expect(() => render('page', {})).to.throw('note is not defined');
    write('components/note', '1');
    expect(render('page', {})).to.equal('1');
    rmSync(path.join(folder, 'components/note.ejs'));
    expect(() => render('page', {})).to.throw('note is not defined');
  });

  it('refuse a local with the name of a component or of a global', () => {
    write('components/badge', '');
    write('components/row', '');
    write('page', '<%- row({ badge: 1 }) %>');
    const render = loadViews(folder, development);
    expect(() => render('page', { badge: 1 })).to.throw(
      'The local badge of page has the name of a component',
    );
    expect(() => render('page', {})).to.throw(
      'The local badge of components/row has the name of a component',
    );
    for (const name of ['escape', 'constructor', 'toString', 'escapeFn', '__append', '__scope'])
      expect(() => render('page', { [name]: 1 })).to.throw(`The local ${name} of page has the name of`);
  });

  it('show a change of a view, an included view and a component', () => {
    write('page', "1<%- include('part') %><%- note() %>");
    write('part', '2');
    write('components/note', '3');
    const render = loadViews(folder, development);
    expect(render('page', { b: 9 })).to.equal('123');
    for (const [name, text] of [
      ['page', "a<%= b %><%- include('part') %><%- note() %>"],
      ['part', 'c'],
      ['components/note', 'd'],
    ])
      write(name!, text!);
    expect(render('page', { b: 'b' })).to.equal('abcd');
  });
});

describe('views in production', () => {
  it('do not see the globals of Node', () => {
    write('page', '<%= process %>');
    expect(loadViews(folder, production)('page', {})).to.equal('');
  });

  it('are all opened on request, so that files that are replaced later have no effect', async () => {
    write('page', '1<%- note() %>');
    write('components/note', '2');
    write('users/part', '<% if ( %>');
    const render = loadViews(folder, production);
    await render.openAll((name) => name !== 'users/part');
    write('page', '3');
    write('components/note', '4');
    expect(render('page', {})).to.equal('12');
  });

  it('are read once', () => {
    write('page', '1<%- note() %>');
    write('components/note', '2');
    const render = loadViews(folder, production);
    expect(render('page', {})).to.equal('12');
    write('page', '3');
    write('components/note', '4');
    expect(render('page', {})).to.equal('12');
  });

  it('appear in the stack of their errors', () => {
    write('page', '<%= user.name %>');
    expect(() => loadViews(folder, production)('page', {}))
      .to.throw(TypeError)
      .with.property('stack')
      .that.includes('page.ejs');
  });
});
