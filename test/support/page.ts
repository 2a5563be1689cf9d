import type { Response } from 'supertest';
import { accessibleName, ancestors, isHiddenOnPage, parseHtml, textOf, type HTMLElement } from './html.ts';
import { lintPage } from './lint-page.ts';
import { PageForm, submitButtons, type FieldValues, type Submission } from './page-form.ts';

export interface PageVisitor {
  visit(path: string): Promise<Page>;
  send(form: Submission, from: Page): Promise<Page>;
}

/** `within`: text of the row, list item or section, for elements of the same name. */
export interface Where {
  within?: string;
}

/** A response and what a user can read and do on it. */
export class Page {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Without and with the query. */
  readonly path: string;
  readonly url: string;
  /** The URLs that redirected here, oldest first. */
  readonly trail: readonly string[];
  readonly html: string;
  readonly #visitor: PageVisitor;
  #root: HTMLElement | undefined;

  constructor(
    visitor: PageVisitor,
    url: string,
    response: Response,
    trail: readonly string[],
    isLinted = true,
  ) {
    this.#visitor = visitor;
    this.url = url;
    this.path = url.split('?')[0]!;
    this.trail = trail;
    this.status = response.status;
    this.headers = response.headers as Record<string, string>;
    this.html = response.text ?? '';
    if (isLinted && this.isHtml) this.#lint();
  }

  get isHtml(): boolean {
    return (this.headers['content-type'] ?? '').startsWith('text/html');
  }

  get root(): HTMLElement {
    return (this.#root ??= parseHtml(this.html));
  }

  get title(): string {
    return this.root.querySelector('title')?.text.trim() ?? '';
  }

  get h1(): string {
    const heading = this.root.querySelector('h1');
    return heading ? textOf(heading) : '';
  }

  /** The visible text with single spaces. */
  get text(): string {
    return textOf(this.root.querySelector('body') ?? this.root);
  }

  /** The sentences of the error summary; empty when the page has none. */
  get errors(): string[] {
    const summary = this.root.querySelector('[aria-labelledby="error-summary"]');
    return (summary?.querySelectorAll('li') ?? []).map(textOf);
  }

  /** Notes on the page without the error summary. */
  get flashes(): string[] {
    return this.root
      .querySelectorAll('.note')
      .filter((note) => note.getAttribute('aria-labelledby') !== 'error-summary')
      .map(textOf);
  }

  get badges(): string[] {
    return this.root.querySelectorAll('.badge').map(textOf);
  }

  /** The names of all links in order. */
  get links(): string[] {
    return this.#links().map(accessibleName);
  }

  get buttons(): string[] {
    return submitButtons(this.root).map(({ name }) => name);
  }

  /** The table rows, or list items on a page without a table, that contain the text. */
  rows(words = ''): string[] {
    const rows = this.root.querySelectorAll('tbody tr');
    const found = rows.length > 0 ? rows : this.root.querySelectorAll('main li');
    return found.map(textOf).filter((text) => text.includes(words));
  }

  find(selector: string): HTMLElement | null {
    return this.root.querySelector(selector);
  }

  findAll(selector: string): HTMLElement[] {
    return this.root.querySelectorAll(selector);
  }

  /** The href of the link with this accessible name. */
  href(name: string, { within }: Where = {}): string {
    const links = this.#links().filter((link) => accessibleName(link) === name && isWithin(link, within));
    const hrefs = new Set(links.map((link) => link.getAttribute('href')!));
    if (hrefs.size === 1) return [...hrefs][0]!;
    throw this.#notFound(hrefs.size === 0 ? 'no link' : `${hrefs.size} links`, name, this.links);
  }

  follow(name: string, where: Where = {}): Promise<Page> {
    return this.#visitor.visit(this.resolve(this.href(name, where)));
  }

  /** Fills in and submits the form of this button; fields by name or label. */
  submit(button: string, fields: FieldValues = {}, where: Where = {}): Promise<Page> {
    return this.send(this.form(button, where).submission(fields));
  }

  send(submission: Submission): Promise<Page> {
    return this.#visitor.send(submission, this);
  }

  form(button: string, { within }: Where = {}): PageForm {
    const found = submitButtons(this.root).filter(
      (each) => each.name === button && isWithin(each.button, within),
    );
    const [first] = found;
    const isOne = new Set(found.map((each) => each.form)).size === 1;
    if (first && isOne) return this.formOf(first);
    throw this.#notFound(first ? `${found.length} buttons` : 'no button', button, this.buttons);
  }

  formOf({ form, button }: { form: HTMLElement; button: HTMLElement }): PageForm {
    return new PageForm(this.root, form, button);
  }

  /** Resolves the URL of a link or a form of this page to path and query. */
  resolve(href: string): string {
    const { origin, pathname, search } = new URL(href, `http://here${this.url}`);
    return origin === 'http://here' ? pathname + search : href;
  }

  #links(): HTMLElement[] {
    return this.root.querySelectorAll('a[href]').filter((link) => !isHiddenOnPage(link));
  }

  #notFound(what: string, name: string, known: string[]): Error {
    return new Error(
      `${this.status} ${this.url} has ${what} called ${name}. It has: ${known.join(', ') || 'none'}\n${this.text.slice(0, 600)}`,
    );
  }

  #lint(): void {
    const problems = lintPage(this.html, this.root);
    if (problems.length === 0) return;
    throw new Error(`${this.status} ${this.url} has errors:\n  ${problems.join('\n  ')}`);
  }
}

function isWithin(element: HTMLElement, words: string | undefined): boolean {
  if (words === undefined) return true;
  const around = ancestors(element).find((each) =>
    /^(TR|LI|SECTION|FIELDSET|ARTICLE|DIV)$/.test(each.tagName),
  );
  const row = ancestors(element).find(
    (each) => /^(TR|LI)$/.test(each.tagName) && textOf(each).includes(words),
  );
  return row !== undefined || (around !== undefined && textOf(around).includes(words));
}
