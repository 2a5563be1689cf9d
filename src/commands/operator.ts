import { randomBytes } from 'node:crypto';
import { systemActor } from '../domain/actor.ts';
import { parseValues } from '../domain/form/parse-values.ts';
import {
  createOperator,
  operatorSchema,
  resetOperatorPassword,
} from '../domain/operator/operator-actions.ts';
import { command, CommandFailed, invalidOptions, readSecret, withPlatform, type Call } from './command.ts';

const options = { email: { type: 'string' }, 'password-stdin': { type: 'boolean' } } as const;

export const operatorCreate = command({
  options,
  required: ['email'],
  run: async (call) => {
    const { config, print } = call;
    const password = await choosePassword(call);
    const values = parseOptions(call.options);
    const created = await withPlatform(config, (db) =>
      createOperator(db, systemActor('Command line'), values, password.value),
    );
    if (!created.ok) throw invalidOptions(created.errors, { password: 'password-stdin' });
    const { id, email } = created.operator;
    const login_url = `${config.publicScheme}://${config.operationsDomain}/login`;
    print({ operator_id: id, email, login_url, ...password.json }, [
      `${email} may log in at ${login_url}`,
      ...password.lines,
    ]);
  },
});

export const operatorResetPassword = command({
  options,
  required: ['email'],
  run: async (call) => {
    const { config, print } = call;
    const password = await choosePassword(call);
    const values = parseOptions(call.options);
    const reset = await withPlatform(config, (db) =>
      resetOperatorPassword(db, systemActor('Command line'), values, password.value),
    );
    if (reset === undefined) throw new CommandFailed(`There is no operator ${call.options.email}.`);
    if (!reset.ok) throw invalidOptions(reset.errors, { password: 'password-stdin' });
    const { id, email } = reset.operator;
    print({ operator_id: id, email, ...password.json }, [
      `${email} has a new password, and is logged out everywhere.`,
      ...password.lines,
    ]);
  },
});

function parseOptions(given: { email?: string }) {
  const parsed = parseValues(operatorSchema, given);
  if (!parsed.ok) throw invalidOptions(parsed.errors);
  return parsed.values;
}

async function choosePassword(call: Call<typeof options>) {
  if (call.options['password-stdin'])
    return { value: await readSecret(call, 'password-stdin'), json: {}, lines: [] };
  const password = randomBytes(15).toString('base64url');
  return { value: password, json: { password }, lines: [`Password (shown only once): ${password}`] };
}
