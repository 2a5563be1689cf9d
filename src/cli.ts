import { runCommand } from './commands/run-command.ts';
import { environment } from './environment.ts';

process.exitCode = await runCommand(process.argv.slice(2), {
  env: environment(),
  stdin: process.stdin,
  write: (line) => console.log(line),
  complain: (line) => console.error(line),
});
