import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { mailCertificate, mailCertificateKey } from './mail-certificate.ts';

/** A received email. */
export interface Mail {
  /** From the envelope, not from the header. */
  to: string;
  from: string;
  subject: string;
  text: string;
  html: string;
  /** By lower-case name; of a repeated header the last one. */
  headers: Record<string, string>;
  /** The first link of the text part, '' where there is none. */
  link: string;
  raw: string;
  /** Whether the connection was encrypted. */
  is_encrypted: boolean;
}

/** How the server responds: accepts, defers (451), refuses (550), or accepts after a delay. */
export type MailboxMode = 'accept' | 'defer' | 'refuse' | 'slow';

export interface MailboxOptions {
  /** Never, on the client's request (STARTTLS), or from the first byte. */
  encryption?: 'none' | 'starttls' | 'implicit';
  /** Lets clients log in with any password, even without encryption. */
  offersLogin?: boolean;
}

export interface Mailbox {
  /** For SMTP_URL. */
  url: string;
  messages: Mail[];
  /** The credentials of each login, as user:password. */
  logins: string[];
  mode: MailboxMode;
  /** Milliseconds before an email is accepted in the mode `slow`. */
  delay: number;
  /** Returns the next unread email to an address or for which the predicate is true; waits up to 10 s. */
  next(wanted?: string | ((mail: Mail) => boolean)): Promise<Mail>;
  close(): Promise<void>;
}

const MAX_WAIT_MS = 10_000;

/** Starts a real mail server on a free port. */
export async function startMailbox(options: MailboxOptions = {}): Promise<Mailbox> {
  const waiting = new Set<() => void>();
  const read = new Set<Mail>();
  const messages: Mail[] = [];
  const logins: string[] = [];

  const server = new SMTPServer({
    ...securityOf(options),
    closeTimeout: 200,
    onAuth: ({ username, password }, _session, done) => {
      logins.push(`${username}:${password}`);
      done(null, { user: username });
    },
    onRcptTo: (_address, _session, done) => done(refusal(mailbox.mode)),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => void receive(Buffer.concat(chunks), session).then(() => done()));
    },
  });
  server.on('error', () => undefined);

  const receive = async (raw: Buffer, session: SMTPServerSession) => {
    if (mailbox.mode === 'slow') await new Promise((resolve) => setTimeout(resolve, mailbox.delay));
    messages.push(await readMail(raw, session));
    for (const check of waiting) check();
  };

  const mailbox: Mailbox = {
    url: await listen(server, options.encryption === 'implicit' ? 'smtps' : 'smtp'),
    messages,
    logins,
    mode: 'accept',
    delay: 60_000,
    next: (wanted = () => true) => {
      const matches = typeof wanted === 'string' ? (mail: Mail) => mail.to === wanted : wanted;
      return nextOf(messages, read, waiting, matches, String(wanted));
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return mailbox;
}

function securityOf({ encryption = 'none', offersLogin = false }: MailboxOptions): SMTPServerOptions {
  return {
    secure: encryption === 'implicit',
    disabledCommands: [...(offersLogin ? [] : ['AUTH']), ...(encryption === 'starttls' ? [] : ['STARTTLS'])],
    allowInsecureAuth: true,
    authOptional: true,
    ...(encryption !== 'none' && { cert: mailCertificate, key: mailCertificateKey }),
  };
}

function nextOf(
  messages: Mail[],
  read: Set<Mail>,
  waiting: Set<() => void>,
  matches: (mail: Mail) => boolean,
  wanted: string,
): Promise<Mail> {
  return new Promise((resolve, reject) => {
    const arrived = messages.map((mail) => `${mail.to}: ${mail.subject}`);
    const timeout = setTimeout(() => {
      waiting.delete(check);
      reject(new Error(`No mail for ${wanted} within 10 s. There were: ${arrived.join('; ') || 'none'}`));
    }, MAX_WAIT_MS);
    const check = () => {
      const mail = messages.find((each) => !read.has(each) && matches(each));
      if (!mail) return;
      read.add(mail);
      waiting.delete(check);
      clearTimeout(timeout);
      resolve(mail);
    };
    waiting.add(check);
    check();
  });
}

function refusal(mode: MailboxMode): Error | null {
  if (mode === 'defer') return Object.assign(new Error('Try again later'), { responseCode: 451 });
  if (mode === 'refuse') return Object.assign(new Error('No such mailbox'), { responseCode: 550 });
  return null;
}

async function readMail(raw: Buffer, session: SMTPServerSession): Promise<Mail> {
  const parsed = await PostalMime.parse(raw);
  const text = parsed.text ?? '';
  return {
    to: session.envelope.rcptTo.map((recipient) => recipient.address).join(', '),
    from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
    subject: parsed.subject ?? '',
    text,
    html: parsed.html ?? '',
    headers: Object.fromEntries(parsed.headers.map(({ key, value }) => [key, value])),
    link: /https?:\/\/[^\s<>"]+/.exec(text)?.[0] ?? '',
    raw: raw.toString('utf8'),
    is_encrypted: session.secure,
  };
}

function listen(server: SMTPServer, scheme: 'smtp' | 'smtps'): Promise<string> {
  return new Promise((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve(`${scheme}://127.0.0.1:${(server.server.address() as AddressInfo).port}`);
    });
  });
}
