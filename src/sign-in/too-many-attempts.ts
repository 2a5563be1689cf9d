import type { ErrorDetails } from '../domain/form/parse-values.ts';
import { shownWait } from '../http/shown-wait.ts';

export function tooManyAttempts(seconds: number): ErrorDetails {
  const { unit, count } = shownWait(seconds);
  const params = { count };
  return unit === 'minutes'
    ? { code: 'too_many_attempts_minutes', params }
    : { code: 'too_many_attempts', params };
}

/** Where a password can be reset. */
export function tooManyLogins(seconds: number): ErrorDetails {
  const { unit, count } = shownWait(seconds);
  const params = { count };
  return unit === 'minutes'
    ? { code: 'too_many_logins_minutes', params }
    : { code: 'too_many_logins', params };
}
