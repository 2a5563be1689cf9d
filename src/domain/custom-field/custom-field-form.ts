import { z } from 'zod';
import { checkbox, line, optionalLine } from '../form/fields.ts';
import { normalName } from '../text/normalise.ts';

const MOST_CHOICES = 100;

const changeable = {
  title: line('Enter a title', 100),
  type: z.enum(['text', 'choice'], { error: 'Select a type' }),
  choices: z
    .string()
    .transform((text) => [...new Set(text.split(/[\r\n]+/).map((choice) => choice.normalize('NFC').trim()))])
    .transform((choices) => choices.filter(Boolean))
    .refine((choices) => choices.length <= MOST_CHOICES, { error: 'Use 100 choices or fewer' })
    .refine((choices) => choices.every((choice) => choice.length <= 200), {
      error: 'Use 200 characters or fewer for each choice',
    }),
  is_required: checkbox(),
};

/** The code names the field in forms and exports, so it is chosen once: by hand, or from the title. */
const newCode = optionalLine(40)
  .transform((code) => code?.toLowerCase() ?? null)
  .refine((code) => code === null || /^[a-z][a-z0-9_]*$/.test(code), {
    error: 'Use letters, digits and underscores, beginning with a letter, like gate_code',
  });

export const newCustomFieldForm = withChoices({ ...changeable, code: newCode });
export const changedCustomFieldForm = withChoices({ ...changeable, version: z.string().transform(Number) });

/** 'Preferred contact' → 'preferred_contact'; a title without a Latin letter gives 'field'. */
export function codeFor(title: string): string {
  const words = normalName(title).replace(/[^a-z0-9]+/g, '_');
  const code = words
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/_+$/, '');
  return code || 'field';
}

/** The choices of a text field are kept for nothing; a choice without choices cannot be made. */
function withChoices<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return z.object(shape).superRefine((values, context) => {
    const { type, choices } = values as { type: string; choices: string[] };
    if (type === 'choice' && choices.length === 0)
      context.addIssue({ code: 'custom', path: ['choices'], message: 'Enter the choices, one on each line' });
  });
}
