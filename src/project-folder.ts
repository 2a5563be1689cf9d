import { existsSync } from 'node:fs';
import path from 'node:path';

const isSource = existsSync(path.resolve(import.meta.dirname, '../package.json'));

/** What is no program and stands beside src, also when the compiled one runs from dist/src. */
function beside(name: string): string {
  return path.resolve(import.meta.dirname, isSource ? '..' : '../..', name);
}

export const viewsFolder = beside('views');
export const publicFolder = beside('public');
