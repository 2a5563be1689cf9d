import type { Form } from '../domain/form/parse-form.ts';
import { translator } from '../locales/translate.ts';
import { CommandFailed } from './command.ts';

/** What a form refuses, as one line: each field by the option that fills it. */
export function refusal(form: Form, options: Record<string, string> = {}): CommandFailed {
  const t = translator('en');
  const problems = Object.entries(form.errors).map(
    ([field, { text, params }]) => `--${options[field] ?? field.replaceAll('_', '-')}: ${t(text, params)}`,
  );
  return new CommandFailed(problems.join(' · '));
}
