import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { EmbeddedPostgresError } from './data-folder.ts';

/** The account that runs PostgreSQL: the user `uid`, or the current one with `prefix` before its commands. */
export type Account = { prefix: string[]; uid?: number; gid?: number };

/** PostgreSQL refuses to run as root: finds an account that can reach both its programs and the data folder. */
export function chooseAccount(postgres: string, dataDir: string, clusterDir: string): Account {
  if (process.getuid?.() !== 0) return { prefix: [] };

  let failure: string | undefined;
  for (const account of accountsForRoot(clusterDir)) {
    // Another user needs to pass through the data folder, not to list it.
    if (account.uid !== undefined) chmodSync(dataDir, 0o711);
    const script = '"$1" --version >/dev/null && cd "$2"';
    failure = runAs(account, ['sh', '-c', script, 'sh', postgres, dataDir]);
    if (failure === undefined) return account;
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root, and another account cannot reach both its programs and ' +
      `${dataDir} (${failure}). Open the parent folders to it (chmod a+x), or set DATA_DIR to another folder.`,
  );
}

function accountsForRoot(clusterDir: string): Account[] {
  const { uid, gid } = unprivilegedAccount();
  // In a user namespace root keeps its files, so closed parent folders do not matter. initdb needs a uid with a name.
  const namespace = { prefix: ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`] };
  if (!existsSync(clusterDir)) return [namespace, { prefix: [], uid, gid }];

  // PostgreSQL refuses a cluster that belongs to another account.
  const owner = statSync(clusterDir);
  return owner.uid === 0 ? [namespace] : [{ prefix: [], uid: owner.uid, gid: owner.gid }];
}

/** The account without privileges that every Linux has: uid 65534 by convention, its group from /etc/passwd. */
function unprivilegedAccount(): { uid: number; gid: number } {
  const uid = 65_534;
  const [, gid] = /^[^:]*:[^:]*:65534:(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return { uid, gid: Number(gid ?? uid) };
}

/** Runs a command to its end; returns the reason if it fails. */
export function runAs(account: Account, argv: string[]): string | undefined {
  const { command, args, options } = spawnArguments(account, argv);
  const { status, error, stderr } = spawnSync(command, args, { ...options, encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? (stderr.trim() || `exit code ${status}`));
}

/** Starts a process in its own session: Ctrl-C in the terminal must reach only the portal, which drains first. */
export function spawnAs(account: Account, argv: string[], stdio: StdioOptions): ChildProcess {
  const { command, args, options } = spawnArguments(account, argv);
  return spawn(command, args, { ...options, detached: true, stdio });
}

function spawnArguments({ prefix, uid, gid }: Account, argv: string[]) {
  const [command = '', ...args] = [...prefix, ...argv];
  const user = uid === undefined || gid === undefined ? {} : { uid, gid };
  return { command, args, options: { ...user, cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C' } } };
}
