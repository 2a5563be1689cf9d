import { TLSSocket } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Config } from '../config.ts';
import { smtpOptions } from './transport.ts';

export interface SmtpProbe {
  /** `TLS 1.3`, or `not encrypted`. */
  connection: string;
  advice?: string;
}

/** Sends no email. @throws an error that `smtpFailure` understands */
export async function probeSmtp(config: Pick<Config, 'smtpUrl' | 'smtpTls'>): Promise<SmtpProbe> {
  const { auth, ...options } = smtpOptions(config);
  const connection = new SMTPConnection(options);
  try {
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: unknown) => (error ? reject(error as Error) : resolve());
      connection.on('error', settle);
      connection.on('end', () => settle(new Error('Connection closed')));
      connection.connect((error) => {
        if (error || !auth || !connection.allowsAuth) return settle(error);
        connection.login({ credentials: auth }, settle);
      });
    });
    return describeConnection(connection._socket);
  } finally {
    connection.close();
  }
}

function describeConnection(socket: unknown): SmtpProbe {
  if (!(socket instanceof TLSSocket)) {
    return {
      connection: 'not encrypted',
      advice:
        'Passwords and links travel in clear text. Set SMTP_TLS=required if the server offers STARTTLS, or use smtps:// in SMTP_URL.',
    };
  }
  const version = (socket.getProtocol() ?? 'TLS').replace('TLSv', 'TLS ');
  if (socket.authorized) return { connection: version };
  return {
    connection: `${version}, certificate not verified`,
    advice:
      'Remove tls.rejectUnauthorized=false from SMTP_URL, or NODE_TLS_REJECT_UNAUTHORIZED=0 from the environment.',
  };
}
