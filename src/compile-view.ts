import { runInNewContext, Script } from 'node:vm';
import ejs from 'ejs';
import { withReadableAddresses } from './domain/text/email-address.ts';

export type Locals = Record<string, unknown>;

/** `page` has the locals of the page; those of a component are its arguments. */
export interface Scope {
  locals: Locals;
  page: Locals;
  callComponent: (name: string, args: Locals, page: Locals) => string;
  include: (path: string, includer: string, scope: Scope, args: Locals | undefined) => string;
}

export type View = (scope: Scope) => string;

export interface ViewKind {
  /** Of the view: `operations/users/list`. */
  name: string;
  /** The names of the functions that the view can call. */
  components: Pick<ReadonlySet<string>, 'has'>;
  /** The locals of the page that the view receives in addition to its own. */
  shared: ReadonlySet<string>;
  /** Names the file and the line in errors. */
  isDebugged: boolean;
  escape?: ((value: string) => string) | undefined;
}

const LANGUAGE_GLOBALS = runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[];

const RESERVED_NAMES = new Set([
  ...LANGUAGE_GLOBALS,
  // `constructor` is a property of every object.
  ...Object.getOwnPropertyNames(Object.prototype),
  'arguments',
  'include',
  'locals',
  // In the function to which EJS compiles a view.
  '__append',
  '__filename',
  '__line',
  '__lines',
  '__output',
  '__scope',
  'escapeFn',
  'rethrow',
]);

/** A local with such a name would not reach the view. */
export function isReservedName(name: string): boolean {
  return RESERVED_NAMES.has(name);
}

/**
 * Compiles a view to a function in which each name is a constant, because names are slow inside of `with`.
 *
 * @param file appears in errors
 * @param names those of namesIn(text) that the view receives; the use of another one throws a ReferenceError
 * @param hidden names of globals; their use throws a ReferenceError too
 */
export function compileView(
  file: string,
  text: string,
  { names, hidden = [] }: { names: readonly string[]; hidden?: readonly string[] },
  kind: ViewKind,
): View {
  const constants = ['locals = __scope.locals', ...names.map((name) => `${name} = ${valueOf(name, kind)}`)];
  const source = kind.isDebugged ? '' : ` //# sourceURL=${file}`;
  // The inner block lets a view declare a variable that has the name of a local.
  const before = `<% { const ${constants.join(', ')}; { %>`;
  // A variable cannot be read above its declaration.
  const after = `<% } ${hidden.map((name) => `let ${name}; `).join('')}}${source} %>`;
  const options = {
    filename: file,
    strict: true,
    localsName: '__scope',
    compileDebug: kind.isDebugged,
    // EJS would copy the scope for each call.
    unsafePrototypeLocals: true,
    escape: kind.escape ?? escapeHtml,
  };
  const view = ejs.compile(before + text + after, options) as (scope: object) => string;
  return kind.isDebugged ? withoutInErrors([before, after], view) : view;
}

/** The messages of EJS quote the lines around the error. */
function withoutInErrors(added: readonly string[], view: View): View {
  return (scope) => {
    try {
      return view(scope);
    } catch (error) {
      if (error instanceof Error) for (const code of added) error.message = error.message.replace(code, '');
      throw error;
    }
  };
}

/** The same as escapeXML, which costs more for texts that need no escaping. People see addresses in Unicode. */
export function escapeHtml(value?: string | number | null): string {
  if (value === undefined || value === null) return '';
  const text = withReadableAddresses(String(value));
  return /[&<>'"]/.test(text) ? ejs.escapeXML(text) : text;
}

function valueOf(name: string, { name: view, components, shared }: ViewKind): string {
  if (name === 'include') return `(path, args) => __scope.include(path, '${view}', __scope, args)`;
  if (components.has(name)) return `(args = {}) => __scope.callComponent('${name}', args, __scope.page)`;
  return shared.has(name) ? `__scope.locals.${name} ?? __scope.page.${name}` : `__scope.locals.${name}`;
}

/** The names in the code of a view: of the variables that it reads, and others, such as those that it declares. */
export function namesIn(text: string): string[] {
  const code = [...text.matchAll(/<%(?![%#])[-=_]?([\s\S]*?)[-_]?%>/g)].map(([, code]) => code).join('\n');
  const withoutKeys = withoutQuotes(code).replace(/([{,]\s*)[\p{ID_Continue}$]+\s*:/gu, '$1');
  const names = withoutKeys.match(
    /(?<![\p{ID_Continue}$]|(?<!\.\.)\.)(?!\$\{)[\p{ID_Start}_$][\p{ID_Continue}$]*/gu,
  );
  return [...new Set(names)].filter((name) => name === 'include' || !isReservedName(name)).filter(isVariable);
}

/** Also without comments. Keeps template literals, because they contain names. */
function withoutQuotes(code: string): string {
  const parts = /`(?:\\.|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/\*[\s\S]*?\*\/|(?<!\\)\/\/.*/g;
  return code.replace(parts, (part) => (part.startsWith('`') ? part : part.startsWith('/') ? ' ' : "''"));
}

/** False for the reserved words of JavaScript. */
function isVariable(name: string): boolean {
  try {
    return Boolean(new Script(`'use strict'; const ${name} = 0`));
  } catch {
    return false;
  }
}
