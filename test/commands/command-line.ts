import { Readable } from 'node:stream';
import { runCommand } from '../../src/commands/run-command.ts';

export interface Said {
  code: number;
  out: string;
  err: string;
  /** The answer to --json. */
  json: unknown;
}

/** One command in this process, as a script would call it: nothing of it is a terminal. */
export async function portal(
  env: Record<string, string>,
  args: readonly string[],
  stdin = '',
): Promise<Said> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommand(args, {
    env,
    stdin: Readable.from([stdin]),
    write: (line) => void out.push(line),
    stderr: (line) => void err.push(line),
  });
  const said = { code, out: out.join('\n'), err: err.join('\n') };
  return { ...said, json: args.includes('--json') && out.length > 0 ? JSON.parse(said.out) : undefined };
}
