import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Who the server runs as: PostgreSQL refuses to be root. `prefix` goes before its command. */
export type Account = { name: string; prefix: string[]; uid?: number; gid?: number };

// A user namespace is tried first: root keeps the files, so closed parent folders do not matter.
const NAMESPACE: Account = {
  name: 'root in a user namespace',
  prefix: ['unshare', '--user', '--map-user=1000', '--map-group=1000'],
};

/** Finds an account that can run `postgres` and enter the data folder; makes `clusterDir` its own. */
export function chooseAccount(postgres: string, dataDir: string, clusterDir: string): Account {
  if (process.getuid?.() !== 0) return ordinaryAccount(clusterDir);

  const refusals: string[] = [];
  for (const account of rootsChoices(dataDir, clusterDir)) {
    const refusal = tryAccount(account, postgres, dataDir);
    if (refusal === null) {
      giveFolder(clusterDir, account);
      return account;
    }
    refusals.push(`- as ${account.name}: ${refusal}`);
  }
  throw new Error(
    `PostgreSQL does not run as root, and no other account can reach both its programs and ${dataDir}. ` +
      `Open the parent folders to it (chmod a+x), or set DATA_DIR to another folder.\n${refusals.join('\n')}`,
  );
}

function ordinaryAccount(clusterDir: string): Account {
  const account = { name: 'this account', prefix: [] };
  if (existsSync(clusterDir) && statSync(clusterDir).uid !== process.getuid?.()) {
    throw new Error(
      `${clusterDir} belongs to another account (uid ${statSync(clusterDir).uid}). ` +
        'Start as that account, or set DATA_DIR to another folder.',
    );
  }
  mkdirSync(clusterDir, { mode: 0o700, recursive: true });
  return account;
}

// An existing cluster keeps its owner: PostgreSQL refuses a folder of somebody else.
function rootsChoices(dataDir: string, clusterDir: string): Account[] {
  const owner = existsSync(clusterDir) ? owningAccount(clusterDir) : null;
  if (owner) return [owner];

  const choices: (Account | null)[] = [NAMESPACE, owningAccount(dirname(dataDir))];
  return [...choices, namedAccount('postgres'), namedAccount('nobody')].filter((choice) => choice !== null);
}

function owningAccount(path: string): Account | null {
  const { uid, gid } = statSync(path);
  return uid === 0 ? null : { name: `uid ${uid}`, prefix: [], uid, gid };
}

function namedAccount(name: string): Account | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { name: `\`${name}\``, prefix: [], uid: Number(uid), gid: Number(gid) } : null;
}

function tryAccount(account: Account, postgres: string, dataDir: string): string | null {
  openDataFolder(dataDir, account);
  const script = '"$1" --version >/dev/null && cd "$2"';
  const [command, ...args] = [...account.prefix, 'sh', '-c', script, 'sh', postgres, dataDir] as const;
  const answer = spawnSync(command, args, { ...identity(account), cwd: '/', encoding: 'utf8' });
  if (answer.status === 0) return null;
  return (answer.error?.message ?? (answer.stderr || `exit code ${answer.status}`)).trim();
}

// Another account must be able to pass through the data folder, not to list it.
function openDataFolder(dataDir: string, account: Account): void {
  if (account.uid !== undefined) chmodSync(dataDir, 0o711);
}

function giveFolder(clusterDir: string, account: Account): void {
  mkdirSync(clusterDir, { mode: 0o700, recursive: true });
  const owner = statSync(clusterDir).uid;
  const wanted = account.uid ?? 0;
  if (owner === wanted) return;

  if (existsSync(join(clusterDir, 'PG_VERSION'))) {
    spawnSync('chown', ['-R', `${wanted}:${account.gid ?? 0}`, clusterDir]);
  } else {
    chownSync(clusterDir, wanted, account.gid ?? 0);
  }
}

/** The part of an account that `child_process` itself can apply. */
export function identity(account: Account): { uid?: number; gid?: number } {
  return account.uid === undefined ? {} : { uid: account.uid, gid: account.gid ?? account.uid };
}
