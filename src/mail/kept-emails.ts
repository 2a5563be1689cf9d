import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isId } from '../database/new-id.ts';
import type { OutgoingEmail } from './message.ts';

export interface KeptEmail {
  id: string;
  kept_at: string;
  from: { name: string; address: string };
  to: { name: string; address: string };
  subject: string;
  text: string;
  html: string;
  headers: string;
}

const emailFolder = (dataDir: string) => path.join(dataDir, 'mails');

/** Writes the message (`<id>.eml`) and its parts (`<id>.json`) to DATA_DIR/mails. */
export async function keepEmail(dataDir: string, email: OutgoingEmail, message: Buffer): Promise<void> {
  const folder = emailFolder(dataDir);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, `${email.id}.eml`), message, { mode: 0o600 });
  await writeAtomically(path.join(folder, `${email.id}.json`), JSON.stringify(toKeptEmail(email, message)));
}

export async function listKeptEmails(dataDir: string, limit = 200): Promise<KeptEmail[]> {
  const names = await readdir(emailFolder(dataDir)).catch(() => []);
  const ids = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
  const newest = ids.sort().toReversed().slice(0, limit);
  const read = await Promise.all(newest.map((id) => findKeptEmail(dataDir, id)));
  return read
    .filter((email) => email !== undefined)
    .sort((one, other) => other.kept_at.localeCompare(one.kept_at));
}

export async function findKeptEmail(dataDir: string, id: string): Promise<KeptEmail | undefined> {
  // The id becomes a file name: other text could lead out of the folder.
  if (!isId(id)) return undefined;
  const text = await readFile(path.join(emailFolder(dataDir), `${id}.json`), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as KeptEmail);
}

function toKeptEmail({ id, from, to, subject, text, html }: OutgoingEmail, raw: Buffer): KeptEmail {
  const headers = raw.toString('utf8').split('\n\n', 1)[0]!;
  return { id, kept_at: new Date().toISOString(), from, to, subject, text, html, headers };
}

async function writeAtomically(file: string, text: string): Promise<void> {
  await writeFile(`${file}.part`, text, { mode: 0o600 });
  await rename(`${file}.part`, file);
}
