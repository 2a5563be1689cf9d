import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { runCommand } from '../../src/commands/run-command.ts';
import { withClient } from '../../src/database/pools.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

export interface CommandResult {
  code: number;
  out: string;
  err: string;
  /** The parsed output; undefined without --json. */
  json: unknown;
}

/** The JSON output of `tenant:create`. */
export interface CreatedTenant {
  tenant_id: string;
  portal_url: string;
  operations_url: string;
  set_password_url: string | null;
}

/** Runs commands on its own database and data folder. */
export interface CommandLine {
  env: Record<string, string>;
  folder: string;
  database: TestDatabase;
  run(...args: string[]): Promise<CommandResult>;
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  createTenant(slug: string, ...more: string[]): Promise<CommandResult>;
  close(): Promise<void>;
}

export async function openCommandLine(): Promise<CommandLine> {
  const database = await createTestDatabase();
  const folder = mkdtempSync(path.join(tmpdir(), 'portico-commands-'));
  const env = settingsFor(database, folder);
  const run = (...args: string[]) => runPortal(env, args);
  return {
    env,
    folder,
    database,
    run,
    sql: async (text, values = []) =>
      (
        await withClient(database.urls.platform, (client) =>
          client.query<Record<string, unknown>>(text, values),
        )
      ).rows,
    createTenant: (slug, ...more) => {
      const options = ['--slug', slug, '--name', `The ${slug}`, '--admin-email', `owner@${slug}.example`];
      return run('tenant:create', ...options, ...more);
    },
    close: async () => {
      await database.drop();
      rmSync(folder, { recursive: true });
    },
  };
}

export function settingsFor({ urls }: TestDatabase, folder: string): Record<string, string> {
  return {
    DATABASE_URL: urls.app,
    DATABASE_OWNER_URL: urls.superuser,
    DATABASE_PLATFORM_URL: urls.platform,
    DATA_DIR: folder,
    SECRET_KEYS: 'a secret of the tests that is long enough',
  };
}

/** Runs one command in this process with a pipe as stdin. */
export async function runPortal(
  env: Record<string, string>,
  args: readonly string[],
  stdin = '',
): Promise<CommandResult> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommand(args, {
    env,
    stdin: Readable.from([stdin]),
    stdout: (line) => void out.push(line),
    stderr: (line) => void err.push(line),
  });
  const output = { code, out: out.join('\n'), err: err.join('\n') };
  return { ...output, json: args.includes('--json') && out.length > 0 ? JSON.parse(output.out) : undefined };
}

/** Expects the exit code, nothing on stdout and the message on stderr, in one line for code 1. */
export function expectFailure({ code, out, err }: CommandResult, message: RegExp, expected = 1): void {
  expect(err).to.match(message);
  expect(code, err).to.equal(expected);
  expect(out).to.equal('');
  if (expected === 1) expect(err.split('\n'), err).to.have.length(1);
}
