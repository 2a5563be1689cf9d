import { accessSync, constants } from 'node:fs';
import type { Config } from '../config.ts';
import { command, CommandFailed } from './command.ts';
import { check, type Finding } from './doctor/check.ts';
import { checkDatabase } from './doctor/check-database.ts';
import { checkHosts } from './doctor/check-hosts.ts';
import { checkMail } from './doctor/check-mail.ts';

export const doctor = command({
  options: {},
  run: async ({ config, print }) => {
    const findings = [
      ...(await checkSettings(config)),
      ...(await checkDatabase(config)),
      await checkMail(config),
      ...(await checkHosts(config)),
    ];
    print(findings, findings.flatMap(asLines));
    const failed = findings.filter(({ ok }) => !ok);
    if (failed.length > 0)
      throw new CommandFailed(`To be mended: ${failed.map(({ about }) => about).join(', ')}.`);
  },
});

/** Reading them has checked them already; what is left is the folder they name. */
async function checkSettings(config: Config): Promise<Finding[]> {
  const mode = config.production ? 'for production' : 'for development';
  return [
    { about: 'Settings', ok: true, detail: mode },
    await check('DATA_DIR', 'Let this account write there, or set DATA_DIR to another folder.', async () => {
      accessSync(config.dataDir, constants.W_OK);
      return config.dataDir;
    }),
  ];
}

function asLines({ about, ok, detail, fix }: Finding): string[] {
  const line = `${ok ? 'ok  ' : 'FAIL'}  ${about}: ${detail}`;
  return fix ? [line, `      ${fix}`] : [line];
}
