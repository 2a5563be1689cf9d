import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ejs from 'ejs';
import type { Form } from './form.ts';
import type { formatters } from '../locales/locales.ts';
import type { translator } from '../locales/translate.ts';

/** The locals of the page that every component receives. A call can pass another `form`. */
const SHARED_LOCALS = [
  't',
  'form',
  'csrf_token',
  'form_key',
  'formatDate',
  'formatDateTime',
  'formatMoney',
  'formatNumber',
] as const;

interface PageLocals extends ReturnType<typeof formatters> {
  t: ReturnType<typeof translator>;
  form: Form;
  csrf_token: string;
  form_key: string;
}

export type Components = Record<string, (args?: Record<string, unknown>) => string>;

/**
 * The components of a folder: `checkbox-list.ejs` becomes the function `checkboxList`.
 *
 * @param isCached in production: compiled files are kept, and the names of locals are not checked
 */
export function loadComponents(
  folder: string,
  isCached: boolean,
): (locals: PageLocals, view: string) => Components {
  const files = new Map(
    readdirSync(folder)
      .filter((file) => file.endsWith('.ejs'))
      .map((file) => [componentName(file), path.join(folder, file)]),
  );
  const kept = new Map<string, ejs.TemplateFunction>();

  return (locals, view) => {
    const compiled = isCached ? kept : new Map<string, ejs.TemplateFunction>();
    const shared = Object.create(null) as Record<string, unknown>;
    for (const name of SHARED_LOCALS) shared[name] = locals[name];
    const components: Components = {};
    for (const [name, file] of files) {
      components[name] = (args = {}) => {
        if (!isCached) rejectComponentNames(components, args, `the component ${name}`);
        const template = compiled.get(name) ?? compile(file);
        compiled.set(name, template);
        return template(Object.assign(Object.create(shared) as object, args));
      };
    }
    if (!isCached) rejectComponentNames(components, locals, `the view ${view}`);
    Object.assign(shared, components);
    return components;
  };
}

/** @throws {Error} because a local with the name of a component would hide the component */
function rejectComponentNames(components: Components, locals: object, receiver: string): void {
  const name = Object.keys(locals).find((local) => Object.hasOwn(components, local));
  if (name !== undefined) throw new Error(`The local ${name} of ${receiver} has the name of a component`);
}

/** `checkboxList` for `checkbox-list.ejs`. */
export function componentName(file: string): string {
  return path.basename(file, '.ejs').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Without the copies that EJS makes of the locals: they inherit the shared locals, and nothing from Object.prototype. */
function compile(file: string): ejs.TemplateFunction {
  const options = { filename: file, unsafePrototypeLocals: true };
  return ejs.compile(readFileSync(file, 'utf8'), options);
}
