import { plainPage } from '../../src/http/plain-page.ts';
import { ancestors, accessibleName, isHiddenOnPage, parseHtml, textOf, type HTMLElement } from './html.ts';

/** Returns the problems of any page, of which `page` is the parsed HTML. Every page that a Visitor opens is checked. */
export function lintPage(html: string, page = parseHtml(html)): string[] {
  const all = page.querySelectorAll('*');
  const ids = all.map((element) => element.getAttribute('id')).filter((id) => id !== undefined);
  const labels = page.querySelectorAll('label');
  return [
    ...lintDocument(page, html),
    ...lintIds(all, ids),
    ...all.filter(isControl).flatMap((control) => lintLabel(labels, control)),
    ...page.querySelectorAll('form').flatMap(lintForm),
    ...all.flatMap(lintInline),
    ...page.querySelectorAll('a').flatMap((link) => lintLink(ids, link)),
    ...page.querySelectorAll('button, summary').flatMap(lintName),
    ...page
      .querySelectorAll('img')
      .flatMap((image) => problemIf(!image.hasAttribute('alt'), `an image without alt: ${start(image)}`)),
    ...lintLeftovers(page, all),
  ];
}

function lintDocument(page: HTMLElement, html: string): string[] {
  const headings = page.querySelectorAll('h1').filter((heading) => !isHiddenOnPage(heading));
  return [
    ...problemIf(!/^<!doctype html>/i.test(html), 'it does not begin with <!doctype html>'),
    ...problemIf(!page.querySelector('html')?.getAttribute('lang'), 'no lang on <html>'),
    ...problemIf(headings.length !== 1, `${headings.length} h1 instead of one`),
    ...headings.flatMap((heading) => problemIf(textOf(heading) === '', 'an empty h1')),
    ...problemIf(!page.querySelector('title')?.text.trim(), 'no title'),
    ...problemIf(page.querySelectorAll('main').length !== 1, 'not exactly one <main>'),
  ];
}

function lintIds(all: HTMLElement[], ids: string[]): string[] {
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  const brokenReferences = all.flatMap((element) =>
    ['for', 'aria-describedby', 'aria-labelledby', 'aria-controls']
      .flatMap((attribute) => (element.getAttribute(attribute) ?? '').split(/\s+/))
      .filter((id) => id !== '' && !ids.includes(id))
      .map((id) => `${start(element)} points at #${id}, which is not there`),
  );
  return [
    ...new Set(twice.map((id) => `the id ${id} is used twice`)),
    ...problemIf(ids.includes(''), 'an empty id'),
    ...brokenReferences,
  ];
}

function isControl(element: HTMLElement): boolean {
  if (element.tagName === 'INPUT')
    return !/^(hidden|submit|button|reset|image)$/i.test(element.getAttribute('type') ?? '');
  return element.tagName === 'SELECT' || element.tagName === 'TEXTAREA';
}

function lintLabel(all: HTMLElement[], control: HTMLElement): string[] {
  const id = control.getAttribute('id');
  const labels = all.filter((label) => id && label.getAttribute('for') === id);
  const around = ancestors(control).filter((element) => element.tagName === 'LABEL');
  const isLabelled =
    [...labels, ...around].some((label) => textOf(label) !== '') ||
    Boolean(control.getAttribute('aria-label')?.trim() || control.getAttribute('aria-labelledby'));
  return problemIf(!isLabelled, `no label for ${start(control)}`);
}

function lintForm(form: HTMLElement): string[] {
  const method = (form.getAttribute('method') ?? 'get').toLowerCase();
  const tokens = form.querySelectorAll('input[name="_csrf"]').map((input) => input.getAttribute('value'));
  const isInForm = ancestors(form)
    .slice(1)
    .some((element) => element.tagName === 'FORM');
  return [
    ...problemIf(isInForm, `a form inside a form: ${start(form)}`),
    ...problemIf(method !== 'get' && method !== 'post', `a form with the method ${method}`),
    ...problemIf(method === 'post' && !(tokens.length === 1 && tokens[0]), `no _csrf in ${start(form)}`),
    ...problemIf(method === 'get' && tokens.length > 0, `_csrf would get into the address: ${start(form)}`),
  ];
}

/** Its content security policy permits the style of this page. */
const PLAIN_PAGE = plainPage('', '');

function lintInline(element: HTMLElement): string[] {
  const isData = element.tagName === 'SCRIPT' && element.getAttribute('type') === 'application/json';
  return [
    ...problemIf(element.tagName === 'STYLE' && !PLAIN_PAGE.includes(element.text), 'an inline <style>'),
    ...problemIf(
      element.tagName === 'SCRIPT' && !isData && !element.getAttribute('src'),
      'an inline <script>',
    ),
    ...Object.entries(element.attributes).flatMap(([name, value]) => [
      ...problemIf(/^(on|style$)/i.test(name), `the attribute ${name} on ${start(element)}`),
      ...problemIf(/^\s*javascript:/i.test(value), `javascript: in ${start(element)}`),
    ]),
  ];
}

function lintLink(ids: string[], link: HTMLElement): string[] {
  const href = link.getAttribute('href') ?? '';
  const target = href.startsWith('#') ? href.slice(1) : undefined;
  const isDead = target !== undefined && !ids.includes(target);
  return [
    ...problemIf(href.trim() === '', `a link that leads nowhere: ${start(link)}`),
    ...problemIf(isDead, `a link to ${href}, which is not on the page`),
    ...lintName(link),
  ];
}

function lintName(element: HTMLElement): string[] {
  const isUsed = !isHiddenOnPage(element);
  return problemIf(isUsed && accessibleName(element) === '', `without words: ${start(element)}`);
}

// Text that is rendered when a local or a parameter is missing.
const LEFTOVER = /\bundefined\b|\[object \w+\]|\bNaN\b|\bInvalid Date\b|<%|%>|(?<![{\w])\{[a-z_]+\}(?!\})/;

function lintLeftovers(page: HTMLElement, all: HTMLElement[]): string[] {
  const texts = [
    textOf(page),
    page.querySelector('title')?.text ?? '',
    ...all.flatMap((element) => Object.values(element.attributes)),
  ];
  return texts.flatMap((text) => {
    const found = LEFTOVER.exec(text);
    return found
      ? [`it says ${found[0]}: ${text.slice(Math.max(0, found.index - 60), found.index + 60)}`]
      : [];
  });
}

function problemIf(isWrong: boolean, sentence: string): string[] {
  return isWrong ? [sentence] : [];
}

function start(element: HTMLElement): string {
  return element.outerHTML.slice(0, 120).replace(/\s+/g, ' ');
}
