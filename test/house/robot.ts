import { PASSWORD } from '../support/factories.ts';
import { type FieldValues, submitButtons } from '../support/page-form.ts';
import type { Page } from '../support/page.ts';
import type { Visitor } from '../support/visitor.ts';

let typed = 0;

/** What the robot types, by the name of a field; what it does not know stays as it is. */
function words(name: string): string | boolean | undefined {
  typed += 1;
  const address = `robot.${typed}@example.com`;
  const known: Record<string, string | boolean> = {
    first_name: 'Robo',
    last_name: `Robot ${typed}`,
    email: address,
    new_email: address,
    username: address,
    phone: '+1 555 0100',
    name: `Robot Works ${typed}`,
    title: `Robot field ${typed}`,
    code: `robot_${typed}`,
    type: 'text',
    body: 'Be a good robot.',
    template: 'accountInvitation',
    current_password: PASSWORD,
    new_password: `seventeen purple umbrellas ${typed}`,
    accept_terms: true,
    q: 'alpha',
  };
  return name.startsWith('cf[') ? 'whatever' : known[name];
}

/**
 * Presses every button of a page but those that log out, each on a page of its own, and tells what answered with an
 * error of ours. `Visitor` looks at every page on the way.
 */
export async function pressEveryButton(visitor: Visitor, path: string): Promise<string[]> {
  const page = await visitor.visit(path);
  const found = page.status >= 500 ? [`GET ${path}: ${page.status}`] : [];
  const buttons = submitButtons(page.root).filter(({ name }) => !/log out$/i.test(name));
  for (const [index, { name }] of buttons.entries()) {
    const answer = await press(await visitor.visit(path), index);
    if (answer && answer.status >= 500) found.push(`${name} of ${path}: ${answer.status}`);
  }
  return found;
}

async function press(page: Page, index: number): Promise<Page | undefined> {
  const button = submitButtons(page.root).filter(({ name }) => !/log out$/i.test(name))[index];
  if (!button) return undefined;
  const form = page.formOf(button);
  const fields: FieldValues = {};
  for (const name of form.names()) {
    const value = words(name);
    if (value !== undefined) fields[name] = value;
  }
  return page.send(form.submission(fields));
}
