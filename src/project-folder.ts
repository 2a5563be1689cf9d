import { existsSync } from 'node:fs';
import path from 'node:path';

const isSource = existsSync(path.resolve(import.meta.dirname, '../package.json'));

/** A folder next to src, also when the built program runs from dist/src. */
function projectPath(name: string): string {
  return path.resolve(import.meta.dirname, isSource ? '..' : '../..', name);
}

export const viewsFolder = projectPath('views');
export const seedsFolder = projectPath('seeds');
export const publicFolder = projectPath('public');

/** The build copies the fonts, because the image does not contain their package. */
export const fontsFolder = projectPath(isSource ? 'node_modules/dejavu-fonts-ttf/ttf' : 'dist/fonts');

/** With the extension of this file: the built program has its own. */
export const migrationsFolder = path.resolve(import.meta.dirname, '../migrations');

export const strengthWorkerFile = path.resolve(
  import.meta.dirname,
  `domain/password/strength-worker.${isSource ? 'mjs' : 'js'}`,
);

export const taskProcessFile = path.resolve(import.meta.dirname, `task-process.${isSource ? 'ts' : 'js'}`);
