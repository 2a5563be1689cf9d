import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  compileView,
  isReservedName,
  namesIn,
  type Locals,
  type Scope,
  type View,
  type ViewKind,
} from './compile-view.ts';

interface ViewOptions {
  /** A file is read and compiled once; otherwise the next call shows a change of the file. */
  isCached: boolean;
  /** A name that a view did not receive throws a ReferenceError; otherwise its value is undefined. */
  isChecked: boolean;
  /** The locals of the page that components receive in addition to their arguments. A call can pass another value (not null). */
  shared?: readonly string[];
  escape?: ((value: string) => string) | undefined;
}

export interface Views {
  /** @param name relative to the folder, without `.ejs` */
  (name: string, locals: Locals): string;
  /** Opens the cached views before their use, so that a file that is replaced later has no effect. */
  openAll(isIncluded: (name: string) => boolean): Promise<void>;
}

const COMPONENTS = 'components';

/** Renders the views of a folder. In each of them `components/checkbox-list.ejs` is the function `checkboxList`. */
export function loadViews(folder: string, options: ViewOptions): Views {
  const views = new Map<string, View>();
  let components = listComponents(folder);
  const viewOf = (name: string): View => {
    const known = views.get(name);
    if (known) return known;
    const kind = {
      name,
      components: { has: (called: string) => components.has(called) },
      shared: new Set(path.posix.dirname(name) === COMPONENTS ? options.shared : []),
      isDebugged: options.isChecked,
      escape: options.escape,
    };
    const view = openView(path.join(folder, `${name}.ejs`), kind, options);
    views.set(name, view);
    return view;
  };

  const include: Scope['include'] = (to, includer, { locals, page }, args) =>
    viewOf(to.startsWith('/') ? to.slice(1) : path.posix.join(includer, '..', to))({
      locals: args ? { ...locals, ...args } : locals,
      page,
      callComponent,
      include,
    });
  const callComponent: Scope['callComponent'] = (called, args, page) =>
    viewOf(components.get(called)!)({ locals: args, page, callComponent, include });
  const render = (name: string, locals: Locals) => {
    if (!options.isCached) components = listComponents(folder);
    return viewOf(name)({ locals, page: locals, callComponent, include });
  };
  const openAll: Views['openAll'] = async (isIncluded) => {
    // One at a time, so that requests do not wait for all.
    for (const name of options.isCached ? listViews(folder).filter(isIncluded) : []) {
      await setImmediate();
      viewOf(name);
    }
  };
  return Object.assign(render, { openAll });
}

function listViews(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ejs'))
    .map((file) => file.replaceAll('\\', '/').replace(/\.ejs$/, ''));
}

/** The names of the views by those of the functions. */
function listComponents(folder: string): Map<string, string> {
  const files = existsSync(path.join(folder, COMPONENTS)) ? readdirSync(path.join(folder, COMPONENTS)) : [];
  const views = files.filter((file) => file.endsWith('.ejs'));
  return new Map(views.map((file) => [componentName(file), `${COMPONENTS}/${path.basename(file, '.ejs')}`]));
}

/** `checkboxList` for `checkbox-list.ejs`. */
export function componentName(file: string): string {
  return path.basename(file, '.ejs').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function openView(file: string, kind: ViewKind, { isCached, isChecked }: ViewOptions): View {
  let text = readFileSync(file, 'utf8');
  let names = namesIn(text);
  if (isCached && !isChecked) return compileView(file, text, { names }, kind);

  // By the received names.
  const compiled = new Map<string, View>();
  return (scope) => {
    const now = isCached ? text : readFileSync(file, 'utf8');
    if (now !== text) {
      [text, names] = [now, namesIn(now)];
      compiled.clear();
    }
    rejectHiddenLocals(scope.locals, kind);
    const received = names.filter((each) => isReceived(each, scope.locals, kind));
    const hidden = names.filter((each) => !received.includes(each) && each in globalThis);
    const view = compiled.get(received.join()) ?? compileView(file, text, { names: received, hidden }, kind);
    compiled.set(received.join(), view);
    return view(scope);
  };
}

function isReceived(name: string, locals: Locals, { components, shared }: ViewKind): boolean {
  return name === 'include' || components.has(name) || shared.has(name) || Object.hasOwn(locals, name);
}

/** @throws {Error} for a local that the view would not see */
function rejectHiddenLocals(locals: Locals, { name: view, components }: ViewKind): void {
  const name = Object.keys(locals).find((local) => components.has(local) || isReservedName(local));
  if (name !== undefined)
    throw new Error(`The local ${name} of ${view} has the name of a component or of a global`);
}
