import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { componentName } from '../../src/views.ts';

const root = path.join(import.meta.dirname, '..', '..');

/** The files of the components by the names of their functions, relative to `views/`. */
export const components = new Map(
  readdirSync(path.join(root, 'views', 'components')).map((file) => [
    componentName(file),
    `components/${file}`,
  ]),
);

export interface Source {
  /** Relative to the repository: `src/http/form.ts`. */
  file: string;
  text: string;
  lines: number;
}

export interface Import {
  /** A file relative to the repository, or the name of a package. */
  of: string;
  isType: boolean;
}

/**
 * The files with an ending in a folder and its subfolders.
 *
 * @throws {Error} if there are none, because a check of an empty list would pass
 */
export function readSources(folder: string, ending: string): Source[] {
  const found = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => readSource(path.join(folder, name)));
  if (found.length === 0) throw new Error(`There are no ${ending} files in ${folder}`);
  return found.sort((a, b) => a.file.localeCompare(b.file));
}

export function readSource(file: string): Source {
  const text = readFileSync(path.join(root, file), 'utf8');
  return { file: file.replaceAll('\\', '/'), text, lines: text.trimEnd().split('\n').length };
}

/** Includes dynamic imports and re-exports. */
export function importsOf({ file, text }: Source): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gm,
  );
  return [...statements].map(([, type, name, dynamic]) => {
    const of = (name ?? dynamic)!;
    const isRelative = of.startsWith('.');
    return {
      of: isRelative ? path.posix.join(path.posix.dirname(file), of) : of,
      isType: type !== undefined,
    };
  });
}

export function withoutComments({ text }: Source): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{}(,])\/\/.*$/gm, '$1');
}

/** The views that a view includes, relative to `views/`. */
export function includedViews({ file, text }: Source): string[] {
  return [...text.matchAll(/include\('([^']+)'/g)].map(([, name]) => {
    const target = name!.startsWith('/')
      ? name!.slice(1)
      : path.posix.join(path.posix.dirname(file.replace(/^views\//, '')), name!);
    return `${target}.ejs`;
  });
}

/** The files of the components that a view calls, relative to `views/`. Emails have no components of this kind. */
export function calledComponents({ file, text }: Source): string[] {
  if (file.startsWith('views/emails/')) return [];
  const calls = codeOfView(text).matchAll(/(?<![\w.])(\w+)\(/g);
  return [...calls].flatMap(([, name]) => components.get(name!) ?? []);
}

/** The views that a view includes or calls, relative to `views/`. */
export function usedViews(view: Source): string[] {
  return [...includedViews(view), ...calledComponents(view)];
}

/** The JavaScript of a view, without its HTML and its comments. */
export function codeOfView(text: string): string {
  return [...text.matchAll(/<%(?!#)[-=_]?([\s\S]*?)[-_]?%>/g)].map(([, code]) => code!).join('\n');
}
