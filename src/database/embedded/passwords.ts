import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Passwords = { superuser: string; owner: string; app: string; platform: string };

const fileOf = (dataDir: string) => join(dataDir, 'database-passwords.json');

/** The four logins' passwords, made once. The file is linked into place whole, so that two starts agree. */
export function keepPasswords(dataDir: string): Passwords {
  const file = fileOf(dataDir);
  if (!existsSync(file)) {
    const [superuser, owner, app, platform] = Array.from({ length: 4 }, () =>
      randomBytes(24).toString('hex'),
    );
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify({ superuser, owner, app, platform }, null, 2)}\n`, {
      mode: 0o600,
    });
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
  return readPasswords(dataDir) as Passwords;
}

export function readPasswords(dataDir: string): Passwords | null {
  if (!existsSync(fileOf(dataDir))) return null;
  return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as Passwords;
}
