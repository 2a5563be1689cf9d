import { randomBytes } from 'node:crypto';
import { systemActor } from '../domain/actor.ts';
import { resetOperatorPassword } from '../domain/operator/operator-actions.ts';
import { command, CommandFailed } from './command.ts';
import { readSecret } from './read-stdin.ts';
import { refusal } from './refusal.ts';
import { withPlatform } from './with-database.ts';

export const operatorResetPassword = command({
  options: { email: { type: 'string' }, 'password-stdin': { type: 'boolean' } },
  required: ['email'],
  run: async (call) => {
    const { options, config, answer } = call;
    const given = options['password-stdin'] ? await readSecret(call, 'password-stdin') : undefined;
    const password = given ?? randomBytes(15).toString('base64url');
    const reset = await withPlatform(config, (db) =>
      resetOperatorPassword(db, systemActor('Command line'), { email: options.email }, password),
    );
    if (reset === undefined) throw new CommandFailed(`There is no operator ${options.email}.`);
    if (!reset.ok) throw refusal(reset.form, { password: 'password-stdin' });
    const { id, email } = reset.operator;
    const shown = given === undefined ? { password } : {};
    const line = `${email} has a new password, and is logged out everywhere.`;
    const lines = given === undefined ? [line, `Password, shown this once: ${password}`] : [line];
    answer({ operator_id: id, email, ...shown }, lines);
  },
});
