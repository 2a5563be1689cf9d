import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import type pg from 'pg';

/** Lines that describe what the figures were measured on. */
export async function describeMachine(owner: pg.Pool): Promise<string[]> {
  const { rows } = await owner.query<{ server_version: string }>('show server_version');
  const [cpu] = cpus();
  return [
    `Commit: ${describeCommit()}`,
    `Date: ${new Date().toISOString().slice(0, 10)}`,
    `CPU: ${cpus().length} cores, ${cpu?.model.trim() ?? 'unknown'}`,
    `Memory: ${formatGibibytes(totalmem())}`,
    `System: ${process.platform} ${release()}`,
    `Node: ${process.version}`,
    `PostgreSQL: ${rows[0]!.server_version}, the embedded server with max_wal_size=4GB`,
    'Portal: built, `NODE_ENV=production`, `WORKERS=2`, `RUN=web`, plain HTTP over loopback',
  ];
}

function describeCommit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  try {
    const isChanged =
      git('status', '--porcelain', '--untracked-files=no', '--', ':!docs/performance.md') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ' with uncommitted changes' : ''}`;
  } catch {
    return 'unknown';
  }
}

function formatGibibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 30)} GiB`;
}
