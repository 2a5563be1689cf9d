import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { claimDataFolder, DataFolderTaken } from '../../src/database/data-folder.ts';

describe('A data folder', () => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'portico-test-folder-')), 'data');
  const lockFile = join(dataDir, 'portal.lock');

  after(() => rmSync(join(dataDir, '..'), { recursive: true }));

  it('belongs to one portal: a second one is told the pid of the first', () => {
    const claim = claimDataFolder(dataDir);
    expect(() => claimDataFolder(dataDir))
      .to.throw(DataFolderTaken, `process ${process.pid}`)
      .with.property('pid', process.pid);

    claim.release();
    claimDataFolder(dataDir).release();
  });

  it('is free again when its portal was killed, even when another process has its pid by now', () => {
    writeFileSync(lockFile, JSON.stringify({ pid: 999_999_999, started: 'long ago' }));
    claimDataFolder(dataDir).release();

    const stranger = spawn('sleep', ['60']);
    writeFileSync(lockFile, JSON.stringify({ pid: stranger.pid, started: 'long ago' }));
    const claim = claimDataFolder(dataDir);
    expect(readFileSync(lockFile, 'utf8')).to.contain(String(process.pid));
    claim.release();
    stranger.kill();
  });

  it('is free again when its lock was written only in part', () => {
    writeFileSync(lockFile, '{"pid":1');
    claimDataFolder(dataDir).release();
  });
});
