import { existsSync } from 'node:fs';
import path from 'node:path';

const isSource = existsSync(path.resolve(import.meta.dirname, '../package.json'));

/** A folder next to src, also when the compiled program runs from dist/src. */
function projectPath(name: string): string {
  return path.resolve(import.meta.dirname, isSource ? '..' : '../..', name);
}

export const viewsFolder = projectPath('views');
export const publicFolder = projectPath('public');
