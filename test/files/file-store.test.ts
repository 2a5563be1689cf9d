import { expect } from 'chai';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { newId } from '../../src/database/new-id.ts';
import { openFileStore } from '../../src/files/file-store.ts';

describe('A file store', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'portico-files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = () => openFileStore(pathToFileURL(folder).href);
  const newKey = () => ({ tenantId: newId(), id: newId() });

  it('returns what was stored, in the folder of the tenant', async () => {
    const [store, key] = [open(), newKey()];
    expect(await store.put(key, ['é', 'b'])).to.equal(3);
    expect(await store.size(key)).to.equal(3);
    expect(await text(store.open(key))).to.equal('éb');
    expect(readdirSync(folder)).to.eql([key.tenantId]);
    expect(readdirSync(path.join(folder, key.tenantId))).to.eql([key.id]);
  });

  it('stores nothing of a content that cannot be read to its end', async () => {
    const [store, key] = [open(), newKey()];
    async function* failing(): AsyncGenerator<string> {
      yield 'a';
      await Promise.resolve();
      throw new Error('The content failed');
    }
    const error = await store.put(key, failing()).catch((thrown: Error) => thrown.message);
    expect(error).to.equal('The content failed');
    expect(await store.size(key)).to.equal(undefined);
  });

  it('deletes a file together with an incomplete one, and a file that does not exist', async () => {
    const [store, key] = [open(), newKey()];
    await store.put(key, ['a']);
    writeFileSync(path.join(folder, key.tenantId, `${key.id}.part`), 'b');
    await store.delete(key);
    expect(readdirSync(path.join(folder, key.tenantId))).to.eql([]);
    await store.delete(key);
  });

  it('refuses keys that are not UUIDs', () => {
    for (const id of ['../a', 'a', '', `${newId()}/../a`])
      expect(() => open().open({ tenantId: newId(), id }), id).to.throw('two UUIDs');
    expect(() => open().open({ tenantId: '..', id: newId() })).to.throw('two UUIDs');
  });
});
