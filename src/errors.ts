/** Responds with 404: the thing does not exist, or not for this tenant. */
export class NotFound extends Error {
  override name = 'NotFound';
}

/** Responds with 403: the user is logged in and lacks a permission. */
export class Forbidden extends Error {
  override name = 'Forbidden';
  readonly permission: string | undefined;

  constructor(permission?: string) {
    super('Not permitted');
    this.permission = permission;
  }
}

/** Responds with 403 and the explanation: the customer acts neither for themselves nor for a company. */
export class NoContext extends Error {
  override name = 'NoContext';
  readonly explanation: { text: string; params: Record<string, string> };

  constructor(explanation: NoContext['explanation']) {
    super('No context');
    this.explanation = explanation;
  }
}

/** Responds with 503: an uploaded file could not be written, for example because the disk is full. */
export class FileNotStored extends Error {
  override name = 'FileNotStored';

  constructor(options?: ErrorOptions) {
    super('The file could not be stored', options);
  }
}

/** Responds with 400: the request is malformed (a repeated field, control characters), or the signature of a webhook wrong. */
export class BadRequest extends Error {
  override name = 'BadRequest';
}

/** Responds with 405 and Allow: the page exists, but not for the method of the request. */
export class MethodNotAllowed extends Error {
  override name = 'MethodNotAllowed';
  readonly allowed: readonly string[];

  constructor(allowed: readonly string[]) {
    super(`The methods are ${allowed.join(', ')}`);
    this.allowed = allowed;
  }
}

/** Responds with 429 and Retry-After. */
export class TooManyRequests extends Error {
  override name = 'TooManyRequests';
  readonly seconds: number;

  constructor(seconds: number) {
    super('Too many attempts');
    this.seconds = seconds;
  }
}

/** Responds with 429 and Retry-After: the session or the IP address has too many open requests. */
export class TooManySimultaneousRequests extends Error {
  override name = 'TooManySimultaneousRequests';
}

/** Responds with 503: the database or the password hashing queue is not available. */
export class Unavailable extends Error {
  override name = 'Unavailable';
}

/** Responds with 507: the disk of the file store has no space. */
export class StorageFull extends Error {
  override name = 'StorageFull';
}

/** Responds with 409: the first submission of the same form has not ended yet. */
export class FormBeingSaved extends Error {
  override name = 'FormBeingSaved';
}

/** Responds with 500: the code stores a value in the session of an anonymous user who only reads. */
export class NoSession extends Error {
  override name = 'NoSession';

  constructor(value: string) {
    super(`An anonymous GET has no session to store ${value} in. Log in first or use a signed cookie.`);
  }
}

/** Responds with 403: a request other than GET or HEAD from another origin. */
export class ForeignOrigin extends Error {
  override name = 'ForeignOrigin';
}

/** Responds with 401: the API call has no valid bearer token. */
export class Unauthorized extends Error {
  override name = 'Unauthorized';
}

/** Responds with 403: a callback whose attempt this browser has not started, or which has expired. */
export class UnknownAttempt extends Error {
  override name = 'UnknownAttempt';
}

/** Responds with 415: the body has a content type that the route does not accept. */
export class UnsupportedBody extends Error {
  override name = 'UnsupportedBody';
}

/** Responds with 403 and the submitted form, which the user can submit again after logging in. */
export class LoginSessionEnded extends Error {
  override name = 'LoginSessionEnded';
}

/** Responds with 403 and the notice of a suspended tenant. */
export class PortalClosed extends Error {
  override name = 'PortalClosed';
}

/** @throws {NotFound} when there is no row */
export function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new NotFound('No such row');
  return row;
}
