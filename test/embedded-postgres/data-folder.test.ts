import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { claimDataFolder, EmbeddedPostgresError } from '../../src/embedded-postgres/data-folder.ts';

describe('claimDataFolder', () => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'portico-test-folder-')), 'data');
  const lockFile = join(dataDir, 'portal.lock');

  after(() => rmSync(join(dataDir, '..'), { recursive: true }));

  it('creates the folder without permissions for other accounts', () => {
    claimDataFolder(dataDir).release();
    expect(statSync(dataDir).mode & 0o777).to.equal(0o700);
  });

  it('throws with the pid of the running portal until that portal releases the folder', () => {
    const claim = claimDataFolder(dataDir);
    expect(() => claimDataFolder(dataDir)).to.throw(EmbeddedPostgresError, `process ${process.pid}.`);

    claim.release();
    claimDataFolder(dataDir).release();
    expect(readdirSync(dataDir)).to.eql([]);
  });

  it('replaces the lock of a killed portal, also when another process has its pid', () => {
    const other = spawn('sleep', ['60']);
    try {
      for (const pid of [999_999_999, other.pid, process.pid]) {
        writeFileSync(lockFile, `${pid} 1`);
        const claim = claimDataFolder(dataDir);
        expect(() => claimDataFolder(dataDir)).to.throw(EmbeddedPostgresError, `process ${process.pid}.`);
        claim.release();
      }
    } finally {
      other.kill();
    }
  });

  it('replaces an empty lock file', () => {
    writeFileSync(lockFile, '');
    claimDataFolder(dataDir).release();
  });
});
