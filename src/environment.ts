import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** The process's environment, and below it the .env file of the working folder, if there is one. */
export function environment(file = '.env'): Record<string, string | undefined> {
  if (!existsSync(file)) return process.env;
  return { ...parseEnv(readFileSync(file, 'utf8')), ...process.env };
}
