import { text } from 'node:stream/consumers';
import { CommandFailed, type Surroundings } from './command.ts';

/** A secret from a pipe, without its closing line break: arguments would show it in the list of processes. */
export async function readSecret({ stdin }: Pick<Surroundings, 'stdin'>, option: string): Promise<string> {
  if (stdin.isTTY)
    throw new CommandFailed(`--${option} reads a pipe: printf %s "$PASSWORD" | npm run portal -- …`);
  const secret = (await text(stdin)).replace(/\r?\n$/, '');
  if (secret === '') throw new CommandFailed(`--${option}: nothing came through the pipe.`);
  return secret;
}
