import { randomBytes } from 'node:crypto';
import { systemActor } from '../domain/actor.ts';
import { createOperator } from '../domain/operator/operator-actions.ts';
import { command } from './command.ts';
import { readSecret } from './read-stdin.ts';
import { refusal } from './refusal.ts';
import { withPlatform } from './with-database.ts';

export const operatorCreate = command({
  options: { email: { type: 'string' }, 'password-stdin': { type: 'boolean' } },
  required: ['email'],
  run: async (call) => {
    const { options, config, answer } = call;
    const given = options['password-stdin'] ? await readSecret(call, 'password-stdin') : undefined;
    const password = given ?? randomBytes(15).toString('base64url');
    const created = await withPlatform(config, (db) =>
      createOperator(db, systemActor('Command line'), { email: options.email }, password),
    );
    if (!created.ok) throw refusal(created.form, { password: 'password-stdin' });
    const { id, email } = created.operator;
    const login_url = `${config.publicScheme}://${config.operationsDomain}/login`;
    const shown = given === undefined ? { password } : {};
    const lines = [`${email} may log in at ${login_url}`];
    if (given === undefined) lines.push(`Password, shown this once: ${password}`);
    answer({ operator_id: id, email, login_url, ...shown }, lines);
  },
});
