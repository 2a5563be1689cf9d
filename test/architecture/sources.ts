import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..', '..');

export interface Source {
  /** From the top of the repository: `src/http/form.ts`. */
  file: string;
  text: string;
  lines: number;
}

/** The files of a folder and below whose names end so. */
export function sources(folder: string, ending: string): Source[] {
  const found = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => read(path.join(folder, name)));
  if (found.length === 0) throw new Error(`There are no ${ending} files in ${folder}`);
  return found.sort((a, b) => a.file.localeCompare(b.file));
}

export function read(file: string): Source {
  const text = readFileSync(path.join(root, file), 'utf8');
  return { file: file.replaceAll('\\', '/'), text, lines: text.trimEnd().split('\n').length };
}

export interface Import {
  /** From the top of the repository, or a package's name. */
  of: string;
  isType: boolean;
}

/** What a module imports or re-exports; dynamic imports count. */
export function importsOf({ file, text }: Source): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gm,
  );
  return [...statements].map(([, type, name, dynamic]) => {
    const of = (name ?? dynamic)!;
    const isOwn = of.startsWith('.');
    return { of: isOwn ? path.posix.join(path.posix.dirname(file), of) : of, isType: type !== undefined };
  });
}

/** The sources without their comments, so that a word about a thing is not taken for the thing. */
export function codeOf({ text }: Source): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{}(,])\/\/.*$/gm, '$1');
}
