import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { compileView, namesIn } from '../../src/compile-view.ts';
import { viewsFolder } from '../../src/project-folder.ts';
import {
  calledComponents,
  codeOfView,
  components,
  includedViews,
  readSources,
  usedViews,
  type Source,
} from './source-files.ts';

const views = readSources('views', '.ejs');
const pages = views.filter(({ file }) => !file.startsWith('views/emails/'));

/** The layouts of the portals; the other files of the folder are parts of them. */
const LAYOUTS = ['account', 'operations', 'platform', 'sandbox'].map(
  (portal) => `views/layouts/${portal}.ejs`,
);

/** The only view that outputs HTML of a text, and only that of `noteText`, which is sanitised. */
const SANITISED = { file: 'views/components/sanitised-text.ejs', code: 'content.sanitised_html' };

describe('views', () => {
  it('output only components and included views without escaping', () => {
    expect(views.flatMap(findUnescaped)).to.eql([]);
  });

  it('output the HTML of a text only after note-text.ts has sanitised it', () => {
    const makers = readSources('src', '.ts').filter(({ text }) => text.includes('sanitised_html'));
    expect(makers.map(({ file }) => file)).to.eql(['src/domain/note/note-text.ts']);
    const printers = views.filter(({ text }) => text.includes('sanitised_html'));
    expect(printers.map(({ file }) => file)).to.eql([SANITISED.file]);
  });

  it('call components as functions instead of including them', () => {
    expect(pages.flatMap(findIncludedComponents)).to.eql([]);
  });

  it('give no local the name of a component', () => {
    expect(pages.flatMap(findHiddenComponents)).to.eql([]);
  });

  it('have every component described in views/README.md', () => {
    const readme = readFileSync(path.join(viewsFolder, 'README.md'), 'utf8');
    const described = new Set([...readme.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name!));
    expect([...described]).to.have.members([...components.keys()]);
  });

  it('show every component at /dev/ui', () => {
    const gallery = pages.filter(({ file }) => file.startsWith('views/dev/ui'));
    const shown = new Set(gallery.flatMap(calledComponents));
    const parts = pages.filter(({ file }) => shown.has(file.replace(/^views\//, '')));
    for (const file of parts.flatMap(calledComponents)) shown.add(file);
    expect([...shown]).to.have.members([...components.values()]);
  });

  it('contain no inline styles, scripts or event handlers', () => {
    expect(pages.flatMap(findInlineCode)).to.eql([]);
  });

  it('have at most 80 lines', () => {
    expect(views.filter(({ lines }) => lines > 80).map(({ file, lines }) => `${file}: ${lines}`)).to.eql([]);
  });

  it('begin with a comment that names the page', () => {
    const used = new Set(views.flatMap(usedViews));
    const screens = pages.filter(
      ({ file }) => !file.startsWith('views/layouts/') && !used.has(file.replace(/^views\//, '')),
    );
    expect(screens.filter(({ text }) => !text.startsWith('<%#')).map(({ file }) => file)).to.eql([]);
  });

  it('call the CSRF component in every POST form', () => {
    const handwritten = pages.filter(
      ({ file, text }) => text.includes('_csrf') && !file.endsWith('components/csrf.ejs'),
    );
    expect(handwritten.map(({ file }) => file)).to.eql([]);
    expect(pages.flatMap(findFormsWithoutToken)).to.eql([]);
  });

  it('include the form key component in every create form', () => {
    const createForms = pages.filter(({ file }) =>
      /^views\/(operations|platform)\/.*\/(new|confirm-link)\.ejs$/.test(file),
    );
    expect(createForms.length).to.be.greaterThan(7);
    const withoutKey = createForms.filter(({ text }) => !text.includes('<%- formKey() %>'));
    expect(withoutKey.map(({ file }) => file)).to.eql([]);
  });

  it('include only views that exist', () => {
    const missing = views.flatMap((view) =>
      includedViews(view)
        .filter((included) => !existsSync(path.join(viewsFolder, included)))
        .map((included) => `${view.file} includes ${included}`),
    );
    expect(missing).to.eql([]);
  });

  it('rendered by routes exist', () => {
    const rendered = readSources('src', '.ts').flatMap(({ file, text }) =>
      [...text.matchAll(/\.page\(\s*'([^']+)'/g)].map(([, view]) => ({ file, view: view! })),
    );
    expect(rendered.length).to.be.greaterThan(5);
    const missing = rendered.filter(({ view }) => !existsSync(path.join(viewsFolder, `${view}.ejs`)));
    expect(missing).to.eql([]);
  });

  it('compile', () => {
    for (const { file, text } of views) {
      const kind = {
        name: file,
        components: new Set<string>(),
        shared: new Set<string>(),
        isDebugged: false,
      };
      expect(() => compileView(file, text, { names: namesIn(text) }, kind), file).to.not.throw();
    }
  });

  it('have no quotes in regular expressions and in nested template literals', () => {
    expect(views.flatMap(findMisreadQuotes)).to.eql([]);
  });

  it('are all included, called or rendered', () => {
    const code = [...readSources('src', '.ts'), ...readSources('test', '.ts')]
      .map(({ text }) => text)
      .join('\n');
    const unused = pages.filter(({ file }) => {
      const name = file.replace(/^views\//, '').replace(/\.ejs$/, '');
      const isUsed = views.some((view) => view.file !== file && usedViews(view).includes(`${name}.ejs`));
      return !isUsed && !LAYOUTS.includes(file) && !code.includes(`'${name}'`);
    });
    expect(unused.map(({ file }) => file)).to.eql([]);
  });
});

describe('the view checks', () => {
  const view = (text: string, file = 'views/account/x.ejs'): Source => ({ file, text, lines: 1 });

  it('report unescaped output', () => {
    expect(findUnescaped(view('<p><%- name %></p>'))).to.have.length(1);
    expect(findUnescaped(view("<%- include('fields') %>"))).to.eql([]);
    expect(findUnescaped(view("<%- include('fields') + name %>"))).to.have.length(1);
    expect(findUnescaped(view("<%- emptyState({ heading: t('None (yet)') }) -%>"))).to.eql([]);
    expect(findUnescaped(view("<%- csrf() + name + t('(optional)') %>"))).to.have.length(1);
    expect(findUnescaped(view('<%- t(name) %>'))).to.have.length(1);
    expect(findUnescaped(view('<%- user.field(name) %>'))).to.have.length(1);
    expect(findUnescaped(view('<%- csrf() %>', 'views/emails/x/html.ejs'))).to.have.length(1);
    expect(findUnescaped(view('<%- body -%>'))).to.have.length(1);
    expect(findUnescaped(view('<%- body -%>', 'views/layouts/account.ejs'))).to.eql([]);
    expect(findUnescaped(view('<%- body -%>', 'views/layouts/footer.ejs'))).to.have.length(1);
    expect(findUnescaped(view('<%- content.sanitised_html %>'))).to.have.length(1);
    expect(findUnescaped(view('<%- content.text %>', SANITISED.file))).to.have.length(1);
  });

  it('report included components and includes in components', () => {
    expect(findIncludedComponents(view("<%- include('/components/csrf') %>"))).to.have.length(1);
    expect(findIncludedComponents(view("<%- include('../components/csrf', {}) %>"))).to.have.length(1);
    expect(findIncludedComponents(view('<%- include(`/components/${name}`) %>'))).to.have.length(1);
    expect(findIncludedComponents(view("<%- include('fields') %>", 'views/components/x.ejs'))).to.have.length(
      1,
    );
    expect(findIncludedComponents(view("<%- include('fields') %>"))).to.eql([]);
  });

  it('report a local with the name of a component', () => {
    for (const text of [
      '<% const field = 1; %>',
      '<% let field; %>',
      '<% for (const field of fields) { %>',
      '<% for (const { name, field } of fields) { %>',
      '<% fields.forEach((field, index) => { %>',
      '<% fields.map(field => 1) %>',
      '<% if (locals.field) { %>',
      "<%- include('fields', { field: 1 }) %>",
      "<%- include('fields', { name, field }) %>",
    ])
      expect(findHiddenComponents(view(text)), text).to.have.length(1);
    expect(findHiddenComponents(view('<%= line.field %><% const fields = locals.fields; %>'))).to.eql([]);
    expect(findHiddenComponents(view('<%- summaryList({ rows: [{ badge: {} }] }) %>'))).to.eql([]);
  });

  it('find the components that a view calls', () => {
    const text = '<p>menu(</p><%# pager() %><%- field({ label: badge({}) }) %><%= user.select() %>';
    expect(calledComponents(view(text))).to.eql(['components/field.ejs', 'components/badge.ejs']);
  });

  it('report quotes in regular expressions and in nested template literals', () => {
    for (const text of [
      "<%= name.replace(/'/g, '') %>",
      '<%= name.split(/[/"]/) %>',
      '<% if (/`/.test(name)) { %>',
      "<%= `${a ? `it's` : b}` %>",
      "<%= `${a ? `'` : b}${c}` %>",
    ])
      expect(findMisreadQuotes(view(text)), text).to.have.length(1);
    for (const text of [
      "<%= `${a ? b : ''}` + `${c}'` %>",
      "<%= a / b + '/' + c / d %>",
      '<%= `${a ? `x${b}` : c}` %>',
    ])
      expect(findMisreadQuotes(view(text)), text).to.eql([]);
  });

  it('report inline styles, scripts and event handlers', () => {
    for (const text of [
      '<p style="x">',
      '<style>',
      '<script>x</script>',
      '<p onclick="x">',
      '<a href="javascript:x">',
    ])
      expect(findInlineCode(view(text)), text).to.have.length(1);
    expect(findInlineCode(view('<script src="<%= asset(\'app.js\') %>" defer></script>'))).to.eql([]);
  });

  it('report a POST form without a CSRF token', () => {
    expect(findFormsWithoutToken(view('<form method="post"><button>Go</button></form>'))).to.have.length(1);
    expect(findFormsWithoutToken(view('<form method="get"></form>'))).to.eql([]);
    expect(findFormsWithoutToken(view('<form method="post"><%- csrf() -%></form>'))).to.eql([]);
  });
});

function findUnescaped({ file, text }: Source): string[] {
  const mayOutputBody = [...LAYOUTS, 'views/layouts/auth-page.ejs'].includes(file);
  const callable = file.startsWith('views/emails/') ? ['include'] : ['include', ...components.keys()];
  return [...text.matchAll(/<%-([\s\S]*?)[-_]?%>/g)]
    .map(([, code]) => code!.trim())
    .filter((code) => !callable.some((name) => isCall(code, name)) && !(mayOutputBody && code === 'body'))
    .filter((code) => !(file === SANITISED.file && code === SANITISED.code))
    .map((code) => `${file}: <%- ${code.slice(0, 60)}`);
}

/** True for a single call of the function with nothing after it. */
function isCall(code: string, name: string): boolean {
  if (!code.startsWith(`${name}(`)) return false;
  let depth = 0;
  for (let at = name.length; at < code.length; at += 1) {
    if (code[at] === '(') depth += 1;
    if (code[at] === ')') depth -= 1;
    if (depth === 0) return at === code.length - 1;
  }
  return false;
}

function findIncludedComponents({ file, text }: Source): string[] {
  const forbidden = file.startsWith('views/components/')
    ? /\binclude\([^)]*/g
    : /\binclude\(\s*['"`][^'"`]*components\/[^)]*/g;
  return [...codeOfView(text).matchAll(forbidden)].map(([match]) => `${file}: ${match}`);
}

/** Declarations, parameters, optional locals and arguments of includes. Locals of pages are checked when they are rendered. */
function findHiddenComponents({ file, text }: Source): string[] {
  const code = codeOfView(text);
  const sections = [
    ...code.matchAll(/\b(?:const|let|var)\s+(\w+|\{[^}]*\}|\[[^\]]*\])/g),
    ...code.matchAll(/(\([^()]*\)|\w+)\s*=>/g),
    ...code.matchAll(/\binclude\('[^']+',\s*(\{[^;]*?\})\s*\)/g),
    ...code.matchAll(/\blocals\.(\w+)/g),
  ].map(([, section]) => section!);
  return [...components.keys()]
    .filter((name) =>
      sections.some((section) => new RegExp(`(?<![\\w.'"\`-])${name}(?![\\w('"\`-])`).test(section)),
    )
    .map((name) => `${file}: ${name}`);
}

function findInlineCode({ file, text }: Source): string[] {
  const markup = text.replace(/<%[\s\S]*?%>/g, 'x');
  const matches = markup.matchAll(
    /<[a-z][^>]*\sstyle\s*=|<style\b|<script(?![^>]*\ssrc=)[^>]*>|<[a-z][^>]*\son[a-z]+\s*=|javascript:/gi,
  );
  return [...matches].map(([match]) => `${file}: ${match}`);
}

/** The search for the names in a view would take such a quote for the beginning or the end of a text. */
function findMisreadQuotes({ file, text }: Source): string[] {
  const regularExpression =
    /(?<=(?:^|[(,=:;[!&|?{}+]|=>|return)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\//g;
  const nestedTemplate = /`(?:\\.|[^`\\])*\$\{[^}`]*`(?:\\.|[^`\\])*`/g;
  return [...text.matchAll(/<%(?![%#])[-=_]?([\s\S]*?)[-_]?%>/g)]
    .flatMap(([, code]) => [
      ...[...code!.matchAll(regularExpression)].filter(([match]) => /['"`]/.test(match)),
      ...[...code!.matchAll(nestedTemplate)].filter(([match]) => /['"]/.test(match)),
    ])
    .map(([match]) => `${file}: ${match}`);
}

function findFormsWithoutToken({ file, text }: Source): string[] {
  return [...text.matchAll(/<form\b[\s\S]*?<\/form>/gi)]
    .map(([form]) => form)
    .filter((form) => /method="post"/i.test(form) && !/<%-\s*csrf\(\)/.test(form))
    .map((form) => `${file}: ${form.slice(0, 80)}`);
}
