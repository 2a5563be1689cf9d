import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identity, type Account } from './account.ts';

type Cluster = {
  initdb: string;
  major: number;
  account: Account;
  clusterDir: string;
  password: string;
  isSynced: boolean;
};

/** Runs initdb on first use. Done only when PG_VERSION and the mark are there: a killed initdb starts over. */
export function initialiseCluster(cluster: Cluster): void {
  const mark = join(cluster.clusterDir, 'portico-initialised');
  if (existsSync(mark)) return;

  emptyFolder(cluster.clusterDir);
  const passwordFile = join(cluster.clusterDir, '..', '.initdb-password');
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, cluster.password, { mode: 0o600 });
  try {
    if (cluster.account.uid !== undefined) {
      chownSync(passwordFile, cluster.account.uid, cluster.account.gid ?? cluster.account.uid);
    }
    runInitdb(cluster, passwordFile);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  writeFileSync(mark, '');
}

function emptyFolder(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}

function runInitdb(cluster: Cluster, passwordFile: string): void {
  let refusal = '';
  for (const locale of locales(cluster.major)) {
    const failure = tryInitdb(cluster, [...locale, `--pwfile=${passwordFile}`]);
    if (failure === null) return;
    refusal = failure;
    emptyFolder(cluster.clusterDir);
  }
  throw new Error(`PostgreSQL could not be set up in ${cluster.clusterDir}:\n${refusal}`);
}

// pg_trgm asks the character type what a letter is: with plain C the index of Arabic names would be empty.
// Not every system has C.UTF-8, hence the second choice.
function locales(major: number): string[][] {
  const builtin = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const wanted = ['--locale=C', '--lc-ctype=C.UTF-8', ...(major >= 17 ? builtin : [])];
  return [wanted, ['--locale=C']];
}

function tryInitdb({ initdb, account, clusterDir, isSynced }: Cluster, options: string[]): string | null {
  const fixed = [
    '-D',
    clusterDir,
    '-U',
    'postgres',
    '-E',
    'UTF8',
    '-A',
    'scram-sha-256',
    '--no-instructions',
  ];
  const call = [...account.prefix, initdb, ...fixed, ...(isSynced ? [] : ['--no-sync']), ...options];
  const [command = initdb, ...args] = call;
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
  const answer = spawnSync(command, args, { ...identity(account), cwd: '/', env, encoding: 'utf8' });
  if (answer.status === 0) return null;
  return (answer.error?.message ?? (answer.stderr || `initdb: exit code ${answer.status}`)).trim();
}
