interface Cookie {
  value: string;
  /** Milliseconds since 1970; undefined: until the browser is closed. */
  endsAt: number | undefined;
  isStrict: boolean;
}

/** One host's cookies, kept as a browser keeps them. What a browser would silently refuse is an error here. */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();
  readonly #mayBeSecure: boolean;

  /** `mayBeSecure`: https, or a host that browsers trust without. */
  constructor(mayBeSecure: boolean) {
    this.#mayBeSecure = mayBeSecure;
  }

  /** Takes over the Set-Cookie lines of an answer. */
  take(lines: readonly string[]): void {
    for (const line of lines) this.#takeOne(line);
  }

  /** The Cookie header of the next request; a Strict cookie stays behind when somebody comes from another site. */
  header({ fromElsewhere = false } = {}): string {
    return this.names()
      .map((name) => [name, this.#cookies.get(name)!] as const)
      .filter(([, cookie]) => !(fromElsewhere && cookie.isStrict))
      .map(([name, cookie]) => `${name}=${cookie.value}`)
      .join('; ');
  }

  names(): string[] {
    for (const [name, { endsAt }] of this.#cookies) {
      if (endsAt !== undefined && endsAt <= Date.now()) this.#cookies.delete(name);
    }
    return [...this.#cookies.keys()];
  }

  get(name: string): string | undefined {
    return this.names().includes(name) ? this.#cookies.get(name)?.value : undefined;
  }

  set(name: string, value: string): void {
    this.#cookies.set(name, { value, endsAt: undefined, isStrict: false });
  }

  delete(name: string): void {
    this.#cookies.delete(name);
  }

  clear(): void {
    this.#cookies.clear();
  }

  #takeOne(line: string): void {
    const { name, value, attributes } = parseSetCookie(line);
    this.#refuseUnlawful(name, attributes, line);
    this.#cookies.set(name, {
      value,
      endsAt: endOf(attributes),
      isStrict: attributes.get('samesite')?.toLowerCase() === 'strict',
    });
  }

  #refuseUnlawful(name: string, attributes: Map<string, string>, line: string): void {
    const isSecure = attributes.has('secure');
    if (isSecure && !this.#mayBeSecure)
      throw new Error(`No browser keeps a Secure cookie of this host: ${line}`);
    const isHostOnly = isSecure && !attributes.has('domain') && attributes.get('path') === '/';
    if (name.startsWith('__Host-') && !isHostOnly)
      throw new Error(`No browser keeps this __Host- cookie: ${line}`);
  }
}

export interface SetCookie {
  name: string;
  value: string;
  /** By lower-case name; '' for one without a value. */
  attributes: Map<string, string>;
}

export function parseSetCookie(line: string): SetCookie {
  const [first = '', ...rest] = line.split(';').map((part) => part.trim());
  const cut = first.indexOf('=');
  const pairs = rest.map((part) => {
    const [key = '', ...value] = part.split('=');
    return [key.toLowerCase(), value.join('=')] as const;
  });
  return { name: first.slice(0, cut), value: first.slice(cut + 1), attributes: new Map(pairs) };
}

function endOf(attributes: Map<string, string>): number | undefined {
  const maxAge = attributes.get('max-age');
  if (maxAge !== undefined) return Date.now() + Number(maxAge) * 1000;
  const expires = attributes.get('expires');
  return expires === undefined ? undefined : Date.parse(expires);
}
