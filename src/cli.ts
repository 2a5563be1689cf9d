import { runCommand } from './commands/run-command.ts';
import { withEnvFile } from './config.ts';

process.exitCode = await runCommand(process.argv.slice(2), {
  env: withEnvFile(process.env),
  stdin: process.stdin,
  stdout: (line) => console.log(line),
  stderr: (line) => console.error(line),
});
