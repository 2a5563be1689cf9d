/** The thing asked for is not here, or not for this tenant: answered with 404. */
export class NotFound extends Error {
  override name = 'NotFound';
}

/** The person is known and may not do this: answered with 403. */
export class Forbidden extends Error {
  override name = 'Forbidden';
  /** The one that was missing. */
  readonly permission: string | undefined;

  constructor(permission?: string) {
    super('Not permitted');
    this.permission = permission;
  }
}

/** The request itself is malformed (arrays where a scalar is due, control characters): answered with 400. */
export class BadRequest extends Error {
  override name = 'BadRequest';
}

/** Come back in `seconds`: answered with 429. */
export class TooManyRequests extends Error {
  override name = 'TooManyRequests';
  readonly seconds: number;

  constructor(seconds: number) {
    super(`Too many attempts. Try again in ${seconds} seconds.`);
    this.seconds = seconds;
  }
}

/** Nothing wrong with the request; the database or the hashing queue is not to be had: answered with 503. */
export class Unavailable extends Error {
  override name = 'Unavailable';
}

/** The row, or a NotFound where there is none. */
export function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new NotFound('No such row');
  return row;
}

/** An unsafe request that did not come from our own pages: answered with 403. */
export class ForeignOrigin extends Error {
  override name = 'ForeignOrigin';
}

/** A body that is no urlencoded form: answered with 415. */
export class UnsupportedBody extends Error {
  override name = 'UnsupportedBody';
}

/** A form filled in while the sign-in ended: answered with 403 and what was typed, to be sent again after logging in. */
export class SignInEnded extends Error {
  override name = 'SignInEnded';
}
