import { PASSWORD } from '../support/factories.ts';
import { submitButtons, type FieldValues } from '../support/page-form.ts';
import type { Page } from '../support/page.ts';
import type { Visitor } from '../support/visitor.ts';

export type Submit = (label: string, send: () => Promise<Page>) => Promise<Page>;

let submissions = 0;

/**
 * Submits every button of a page except those that log out, each on a freshly loaded page, and then every button that
 * appeared meanwhile. `Visitor` lints every page.
 *
 * @returns the pages and buttons that caused a server error
 */
export async function pressEveryButton(visitor: Visitor, path: string, submit: Submit): Promise<string[]> {
  const page = await visitor.visit(path);
  const errors = page.status >= 500 ? [`GET ${path}: ${page.status}`] : [];
  const first = listButtons(page);
  if (first.length === 0) return errors;
  const press = async (index: number, name: string, loaded?: Page) => {
    const result = await pressButton(loaded ?? (await visitor.visit(path)), index, submit);
    if (result && result.status >= 500) errors.push(`${name} of ${path}: ${result.status}`);
  };
  for (const [index, { name }] of first.entries()) await press(index, name, index === 0 ? page : undefined);
  const names = new Set(first.map(({ name }) => name));
  for (const [index, { name }] of listButtons(await visitor.visit(path)).entries())
    if (!names.has(name)) await press(index, name);
  return errors;
}

function listButtons(page: Page) {
  return submitButtons(page.root).filter(({ name }) => !/log out$/i.test(name));
}

async function pressButton(page: Page, index: number, submit: Submit): Promise<Page | undefined> {
  const button = listButtons(page)[index];
  if (!button) return undefined;
  const form = page.formOf(button);
  // The filter of a list, which has the name of a field of other forms.
  const names = form
    .names()
    .filter((name) => name !== 'email' || !page.findAll('select[name="email"]').length);
  const fields = fillFields(names, (name) => valuesOfBoxes(page, name));
  const submission = form.submission(fields);
  if (submission.method === 'get') return page.send(submission);
  return submit(`${button.name} of ${page.path}`, () => page.send(submission));
}

/** Every submission has other values, because many columns are unique. Unknown fields keep their defaults. */
function fillFields(names: string[], listBoxes: (name: string) => string[]): FieldValues {
  submissions += 1;
  const email = `crawler.${submissions}@example.com`;
  const known: FieldValues = {
    first_name: 'Crawl',
    last_name: `Crawler ${submissions}`,
    email,
    new_email: email,
    username: email,
    phone: '+1 555 0100',
    name: `Crawler Works ${submissions}`,
    slug: `crawler-${submissions}`,
    admin_email: email,
    title: `Crawler field ${submissions}`,
    code: `crawler_${submissions}`,
    type: 'text',
    body: `Terms of the crawler, ${submissions}.`,
    template: 'accountInvitation',
    current_password: PASSWORD,
    new_password: `seventeen purple umbrellas ${submissions}`,
    accept_terms: true,
    q: 'alpha',
  };
  const tickAll = (name: string) => (name.endsWith('[]') ? listBoxes(name) : undefined);
  const fields: FieldValues = {};
  for (const name of names) {
    const value = name.startsWith('cf[') ? `value ${submissions}` : (known[name] ?? tickAll(name));
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

function valuesOfBoxes(page: Page, name: string): string[] {
  return page.findAll(`input[name="${name}"]`).map((box) => box.getAttribute('value')!);
}
