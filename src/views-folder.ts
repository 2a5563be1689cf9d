import { existsSync } from 'node:fs';
import path from 'node:path';

const beside = path.resolve(import.meta.dirname, '../views');

/** Where the templates are: beside src, also when the compiled program runs from dist/src. */
export const viewsFolder = existsSync(beside) ? beside : path.resolve(import.meta.dirname, '../../views');
