import { expect } from 'chai';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { viewsFolder } from '../../src/project-folder.ts';
import { sources, type Source } from './sources.ts';
import { includesOf } from './view-includes.ts';

const views = sources('views', '.ejs');
const pages = views.filter(({ file }) => !file.startsWith('views/emails/'));

/** Locals of these names would be taken for options of EJS. */
const OPTIONS = ['settings', 'cache', 'client', 'delimiter', 'filename', 'scope', 'async', 'debug'];

describe('the views', () => {
  it('put nothing into a page unescaped but other views', () => {
    expect(views.flatMap(unescaped)).to.eql([]);
  });

  it('have no inline style and no inline script', () => {
    expect(pages.flatMap(inline)).to.eql([]);
  });

  it('are 80 lines at most', () => {
    expect(views.filter(({ lines }) => lines > 80).map(({ file, lines }) => `${file}: ${lines}`)).to.eql([]);
  });

  it('say on their first line what they are', () => {
    const parts = new Set(views.flatMap(({ file, text }) => includesOf(text, file)));
    const screens = pages.filter(
      ({ file }) => !file.startsWith('views/layouts/') && !parts.has(file.replace(/^views\//, '')),
    );
    expect(screens.filter(({ text }) => !text.startsWith('<%#')).map(({ file }) => file)).to.eql([]);
  });

  it('leave the token of a form to its component, and forms that change something have it', () => {
    const byHand = pages.filter(
      ({ file, text }) => text.includes('_csrf') && !file.endsWith('components/csrf.ejs'),
    );
    expect(byHand.map(({ file }) => file)).to.eql([]);
    expect(pages.flatMap(formsWithoutToken)).to.eql([]);
  });

  it('include only what is there', () => {
    const missing = views.flatMap(({ file, text }) =>
      includesOf(text, file)
        .filter((included) => !existsSync(path.join(viewsFolder, included)))
        .map((included) => `${file} includes ${included}`),
    );
    expect(missing).to.eql([]);
  });

  it('that routes render are there, and are given nothing that EJS takes for an option', () => {
    const rendered = sources('src', '.ts').flatMap(({ file, text }) =>
      [...text.matchAll(/\.page\(\s*'([^']+)'/g)].map(([, view]) => ({ file, view: view! })),
    );
    expect(rendered.length).to.be.greaterThan(5);
    const absent = rendered.filter(({ view }) => !existsSync(path.join(viewsFolder, `${view}.ejs`)));
    expect(absent).to.eql([]);
    const options = sources('src', '.ts').flatMap(({ file, text }) =>
      [...text.matchAll(/\.page\([^;]*?\{([^;]*)\}\s*\)/g)]
        .flatMap(([, locals]) =>
          OPTIONS.filter((name) => new RegExp(`(^|[\\s,{])${name}\\s*[,:}]`).test(locals!)),
        )
        .map((name) => `${file}: ${name}`),
    );
    expect(options).to.eql([]);
  });

  it('are all used', () => {
    const code = [...sources('src', '.ts'), ...sources('test', '.ts')].map(({ text }) => text).join('\n');
    const unused = pages.filter(({ file }) => {
      const name = file.replace(/^views\//, '').replace(/\.ejs$/, '');
      const isIncluded = views.some((view) => includesOf(view.text, view.file).includes(`${name}.ejs`));
      return !isIncluded && !name.startsWith('layouts/') && !code.includes(`'${name}'`);
    });
    expect(unused.map(({ file }) => file)).to.eql([]);
  });
});

describe('the look at the views', () => {
  const view = (text: string, file = 'views/account/x.ejs'): Source => ({ file, text, lines: 1 });

  it('notices what is not escaped', () => {
    expect(unescaped(view('<p><%- name %></p>'))).to.have.length(1);
    expect(unescaped(view("<%- include('/components/csrf') %>"))).to.eql([]);
    expect(unescaped(view("<%- include('/components/csrf') + name %>"))).to.have.length(1);
    expect(unescaped(view('<%- body -%>'))).to.have.length(1);
    expect(unescaped(view('<%- body -%>', 'views/layouts/account.ejs'))).to.eql([]);
  });

  it('notices styles, scripts and handlers', () => {
    for (const text of [
      '<p style="x">',
      '<style>',
      '<script>x</script>',
      '<p onclick="x">',
      '<a href="javascript:x">',
    ])
      expect(inline(view(text)), text).to.have.length(1);
    expect(inline(view('<script src="<%= asset(\'app.js\') %>" defer></script>'))).to.eql([]);
  });

  it('notices a form without a token', () => {
    expect(formsWithoutToken(view('<form method="post"><button>Go</button></form>'))).to.have.length(1);
    expect(formsWithoutToken(view('<form method="get"></form>'))).to.eql([]);
  });
});

function unescaped({ file, text }: Source): string[] {
  const mayHoldBody = /^views\/(layouts\/\w+|components\/auth-page)\.ejs$/.test(file);
  return [...text.matchAll(/<%-([\s\S]*?)[-_]?%>/g)]
    .map(([, code]) => code!.trim())
    .filter((code) => !isInclude(code) && !(mayHoldBody && code === 'body'))
    .map((code) => `${file}: <%- ${code.slice(0, 60)}`);
}

/** One call of include( and nothing after it. */
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

function inline({ file, text }: Source): string[] {
  const markup = text.replace(/<%[\s\S]*?%>/g, 'x');
  const found = markup.matchAll(
    /<[a-z][^>]*\sstyle\s*=|<style\b|<script(?![^>]*\ssrc=)[^>]*>|<[a-z][^>]*\son[a-z]+\s*=|javascript:/gi,
  );
  return [...found].map(([what]) => `${file}: ${what}`);
}

function formsWithoutToken({ file, text }: Source): string[] {
  return [...text.matchAll(/<form\b[\s\S]*?<\/form>/gi)]
    .map(([form]) => form)
    .filter((form) => /method="post"/i.test(form) && !form.includes("include('/components/csrf'"))
    .map((form) => `${file}: ${form.slice(0, 80)}`);
}
