import type { Row } from '../../database/tables.ts';

/** Every kind of task, as its page names it. {placeholders} are filled from the input and from the result. */
export const taskKinds = {
  backfill: { title: 'Backfill {name}', result: 'Changed rows: {changed}' },
} as const;

export type TaskKindName = keyof typeof taskKinds;

/** A newer version may have queued a kind that this one does not know. */
export function kindTexts(kind: string): { title: string; result: string } {
  return Object.hasOwn(taskKinds, kind) ? taskKinds[kind as TaskKindName] : { title: kind, result: '' };
}

export type TaskState = Row<'tasks'>['state'];

export type TaskParams = Readonly<Record<string, string | number>>;

/** A kind stops a task for good by throwing `TaskFailed` with one of these codes. */
export const taskErrors = {
  invalid_input: 'What it was asked to do cannot be read by this version.',
  unexpected: 'An unexpected error stopped it. What was done until then is kept.',
  interrupted: 'It was interrupted too often. What was done until then is kept.',
} as const;

export type TaskErrorCode = keyof typeof taskErrors;

/** A newer version may have stored a code that this one does not know. */
export function taskErrorText(code: string): string {
  return Object.hasOwn(taskErrors, code) ? taskErrors[code as TaskErrorCode] : taskErrors.unexpected;
}

export function isUnfinished({ state }: { state: TaskState }): boolean {
  return state === 'queued' || state === 'running';
}
