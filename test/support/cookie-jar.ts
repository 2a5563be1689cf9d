interface Cookie {
  value: string;
  /** Milliseconds since 1970; undefined for a session cookie. */
  expiresAt: number | undefined;
  sameSite: string;
}

/** The cookies of one host. A cookie that a browser would silently reject is an error here. */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();
  readonly #acceptsSecure: boolean;

  /** `acceptsSecure`: https, or a host that browsers trust on plain http. */
  constructor(acceptsSecure: boolean) {
    this.#acceptsSecure = acceptsSecure;
  }

  store(lines: readonly string[]): void {
    for (const line of lines) this.#storeOne(line);
  }

  /** The Cookie header of the next request. A cross-site GET has no Strict cookies, another cross-site request only None. */
  header({ isCrossSite = false, method = 'GET' } = {}): string {
    const isSent = ({ sameSite }: Cookie) =>
      !isCrossSite || sameSite === 'none' || (sameSite === 'lax' && method === 'GET');
    return this.names()
      .map((name) => [name, this.#cookies.get(name)!] as const)
      .filter(([, cookie]) => isSent(cookie))
      .map(([name, cookie]) => `${name}=${cookie.value}`)
      .join('; ');
  }

  names(): string[] {
    for (const [name, { expiresAt }] of this.#cookies) {
      if (expiresAt !== undefined && expiresAt <= Date.now()) this.#cookies.delete(name);
    }
    return [...this.#cookies.keys()];
  }

  get(name: string): string | undefined {
    return this.names().includes(name) ? this.#cookies.get(name)?.value : undefined;
  }

  set(name: string, value: string): void {
    this.#cookies.set(name, { value, expiresAt: undefined, sameSite: 'lax' });
  }

  delete(name: string): void {
    this.#cookies.delete(name);
  }

  clear(): void {
    this.#cookies.clear();
  }

  #storeOne(line: string): void {
    const { name, value, attributes } = parseSetCookie(line);
    this.#rejectInvalid(name, attributes, line);
    this.#cookies.set(name, {
      value,
      expiresAt: expiryOf(attributes),
      sameSite: attributes.get('samesite')?.toLowerCase() ?? 'lax',
    });
  }

  #rejectInvalid(name: string, attributes: Map<string, string>, line: string): void {
    const isSecure = attributes.has('secure');
    if (isSecure && !this.#acceptsSecure)
      throw new Error(`No browser keeps a Secure cookie of this host: ${line}`);
    if (attributes.get('samesite')?.toLowerCase() === 'none' && !isSecure)
      throw new Error(`No browser keeps a SameSite=None cookie that is not Secure: ${line}`);
    const isHostOnly = isSecure && !attributes.has('domain') && attributes.get('path') === '/';
    if (name.startsWith('__Host-') && !isHostOnly)
      throw new Error(`No browser keeps this __Host- cookie: ${line}`);
  }
}

export interface SetCookie {
  name: string;
  value: string;
  /** By lower-case name; '' for an attribute without a value. */
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

function expiryOf(attributes: Map<string, string>): number | undefined {
  const maxAge = attributes.get('max-age');
  if (maxAge !== undefined) return Date.now() + Number(maxAge) * 1000;
  const expires = attributes.get('expires');
  return expires === undefined ? undefined : Date.parse(expires);
}
