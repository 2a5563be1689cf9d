import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { viewsFolder } from '../../src/project-folder.ts';
import { readSources, type Source, includedViews } from './source-files.ts';

const views = readSources('views', '.ejs');
const pages = views.filter(({ file }) => !file.startsWith('views/emails/'));

/** EJS reads locals with these names as its own options. */
const EJS_OPTIONS = ['settings', 'cache', 'client', 'delimiter', 'filename', 'scope', 'async', 'debug'];

describe('views', () => {
  it('output only included views without escaping', () => {
    expect(views.flatMap(findUnescaped)).to.eql([]);
  });

  it('contain no inline styles, scripts or event handlers', () => {
    expect(pages.flatMap(findInlineCode)).to.eql([]);
  });

  it('have at most 80 lines', () => {
    expect(views.filter(({ lines }) => lines > 80).map(({ file, lines }) => `${file}: ${lines}`)).to.eql([]);
  });

  it('begin with a comment that names the page', () => {
    const included = new Set(views.flatMap(includedViews));
    const screens = pages.filter(
      ({ file }) => !file.startsWith('views/layouts/') && !included.has(file.replace(/^views\//, '')),
    );
    expect(screens.filter(({ text }) => !text.startsWith('<%#')).map(({ file }) => file)).to.eql([]);
  });

  it('include the CSRF component in every POST form', () => {
    const handwritten = pages.filter(
      ({ file, text }) => text.includes('_csrf') && !file.endsWith('components/csrf.ejs'),
    );
    expect(handwritten.map(({ file }) => file)).to.eql([]);
    expect(pages.flatMap(findFormsWithoutToken)).to.eql([]);
  });

  it('include the form key component in every create form', () => {
    const createForms = pages.filter(({ file }) =>
      /^views\/operations\/.*\/(new|confirm-link)\.ejs$/.test(file),
    );
    expect(createForms.length).to.be.greaterThan(6);
    const withoutKey = createForms.filter(({ text }) => !text.includes("include('/components/form-key')"));
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

  it('rendered by routes exist and receive no locals that EJS reads as options', () => {
    const rendered = readSources('src', '.ts').flatMap(({ file, text }) =>
      [...text.matchAll(/\.page\(\s*'([^']+)'/g)].map(([, view]) => ({ file, view: view! })),
    );
    expect(rendered.length).to.be.greaterThan(5);
    const missing = rendered.filter(({ view }) => !existsSync(path.join(viewsFolder, `${view}.ejs`)));
    expect(missing).to.eql([]);
    const options = readSources('src', '.ts').flatMap(({ file, text }) =>
      [...text.matchAll(/\.page\([^;]*?\{([^;]*)\}\s*\)/g)]
        .flatMap(([, locals]) =>
          EJS_OPTIONS.filter((name) => new RegExp(`(^|[\\s,{])${name}\\s*[,:}]`).test(locals!)),
        )
        .map((name) => `${file}: ${name}`),
    );
    expect(options).to.eql([]);
  });

  it('are all included or rendered', () => {
    const code = [...readSources('src', '.ts'), ...readSources('test', '.ts')]
      .map(({ text }) => text)
      .join('\n');
    const unused = pages.filter(({ file }) => {
      const name = file.replace(/^views\//, '').replace(/\.ejs$/, '');
      const isIncluded = views.some((view) => includedViews(view).includes(`${name}.ejs`));
      return !isIncluded && !name.startsWith('layouts/') && !code.includes(`'${name}'`);
    });
    expect(unused.map(({ file }) => file)).to.eql([]);
  });
});

describe('the view checks', () => {
  const view = (text: string, file = 'views/account/x.ejs'): Source => ({ file, text, lines: 1 });

  it('report unescaped output', () => {
    expect(findUnescaped(view('<p><%- name %></p>'))).to.have.length(1);
    expect(findUnescaped(view("<%- include('/components/csrf') %>"))).to.eql([]);
    expect(findUnescaped(view("<%- include('/components/csrf') + name %>"))).to.have.length(1);
    expect(findUnescaped(view('<%- body -%>'))).to.have.length(1);
    expect(findUnescaped(view('<%- body -%>', 'views/layouts/account.ejs'))).to.eql([]);
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
  });
});

function findUnescaped({ file, text }: Source): string[] {
  const mayOutputBody = /^views\/(layouts\/\w+|components\/auth-page)\.ejs$/.test(file);
  return [...text.matchAll(/<%-([\s\S]*?)[-_]?%>/g)]
    .map(([, code]) => code!.trim())
    .filter((code) => !isInclude(code) && !(mayOutputBody && code === 'body'))
    .map((code) => `${file}: <%- ${code.slice(0, 60)}`);
}

/** True for a single call of include() with nothing after it. */
function isInclude(code: string): boolean {
  if (!code.startsWith('include(')) return false;
  let depth = 0;
  for (let at = 'include'.length; at < code.length; at += 1) {
    if (code[at] === '(') depth += 1;
    if (code[at] === ')') depth -= 1;
    if (depth === 0) return at === code.length - 1;
  }
  return false;
}

function findInlineCode({ file, text }: Source): string[] {
  const markup = text.replace(/<%[\s\S]*?%>/g, 'x');
  const matches = markup.matchAll(
    /<[a-z][^>]*\sstyle\s*=|<style\b|<script(?![^>]*\ssrc=)[^>]*>|<[a-z][^>]*\son[a-z]+\s*=|javascript:/gi,
  );
  return [...matches].map(([match]) => `${file}: ${match}`);
}

function findFormsWithoutToken({ file, text }: Source): string[] {
  return [...text.matchAll(/<form\b[\s\S]*?<\/form>/gi)]
    .map(([form]) => form)
    .filter((form) => /method="post"/i.test(form) && !form.includes("include('/components/csrf'"))
    .map((form) => `${file}: ${form.slice(0, 80)}`);
}
