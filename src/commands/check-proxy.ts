import http from 'node:http';
import https from 'node:https';
import { json } from 'node:stream/consumers';
import type { Config } from '../config.ts';
import { PROXY_CHECK_HEADER, PROXY_CHECK_PATH, signProxyCheck, type ProxyCheck } from '../proxy-check.ts';

const TIMEOUT_MS = 5_000;

/** Without TLS and TRUST_PROXY, browsers reach the portal directly. */
export function hasProxy({ publicScheme, trustProxy }: Pick<Config, 'publicScheme' | 'trustProxy'>): boolean {
  return publicScheme === 'https' || trustProxy > 0;
}

/** Asks the running portal through its public address. @throws {Error} when nothing responds there */
export async function askThroughProxy(config: Config): Promise<ProxyCheck> {
  const url = new URL(PROXY_CHECK_PATH, `${config.publicScheme}://${config.operationsDomain}`);
  const { get } = url.protocol === 'https:' ? https : http;
  const options: https.RequestOptions = {
    headers: { Host: url.host, [PROXY_CHECK_HEADER]: signProxyCheck(config.secretKeys[0]!) },
    servername: url.hostname,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    // Resolvers need not know the names below localhost, which browsers find without one.
    ...(/(^|\.)localhost$/.test(url.hostname) && { hostname: '127.0.0.1' }),
  };
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    get(url, options, resolve).on('error', reject);
  });
  const isPortal =
    response.statusCode === 200 && response.headers['content-type']?.startsWith('application/json');
  if (isPortal) return (await json(response)) as ProxyCheck;
  response.resume();
  throw new Error(
    `${url.origin} responds with ${response.statusCode}: it is not this portal, or it has other SECRET_KEYS`,
  );
}

/** What the proxy must send and does not. */
export function proxyProblems(
  { host, x_forwarded_proto, forwarded_addresses }: ProxyCheck,
  { operationsDomain, publicScheme, trustProxy }: Config,
): string[] {
  const problems: string[] = [];
  if (host !== operationsDomain) problems.push(`Host arrives as ${host}, not as ${operationsDomain}`);
  if (x_forwarded_proto !== publicScheme)
    problems.push(`X-Forwarded-Proto arrives as ${x_forwarded_proto ?? 'nothing'}, not as ${publicScheme}`);
  if (forwarded_addresses !== trustProxy)
    problems.push(
      `X-Forwarded-For arrives with ${forwarded_addresses} addresses, but TRUST_PROXY is ${trustProxy}`,
    );
  return problems;
}
