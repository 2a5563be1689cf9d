import { runCommand } from './commands/run-command.ts';

process.exitCode = await runCommand(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  write: (line) => console.log(line),
  complain: (line) => console.error(line),
});
