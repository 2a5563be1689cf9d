import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../../src/embedded-postgres/server-process.ts';
import { proxyCertificate, proxyCertificateKey } from './proxy-certificate.ts';

/** A proxy with TLS in front of a portal, configured by a file of deploy/ with other ports and names. */
export interface Proxy {
  http: number;
  https: number;
  stop(): Promise<void>;
}

export const isInstalled = (program: string) => spawnSync(program, ['version']).error === undefined;

export const freePorts = async () => ({ http: await findFreePort(), https: await findFreePort() });

type Ports = Awaited<ReturnType<typeof freePorts>>;

/** @param portal the port of the portal */
export async function startNginx(portal: number, ports: Ports): Promise<Proxy> {
  const folder = createFolder();
  const site = adapt(readFileSync('deploy/nginx.conf', 'utf8'), [
    [/127\.0\.0\.1:3000/g, `127.0.0.1:${portal}`],
    [/^\s*listen \[::\].*\n/gm, ''],
    [/listen 80 /g, `listen 127.0.0.1:${ports.http} `],
    [/listen 443 /g, `listen 127.0.0.1:${ports.https} `],
    [/https:\/\/\$host\$/g, `https://$host:${ports.https}$`],
    [/portal\.example\.com/g, 'portal.localhost'],
    [/ operations\.example\.com/g, ' own-domain.localhost operations.localhost'],
    [/\*\.operations\.example\.com/g, '*.operations.localhost'],
    [/\/etc\/letsencrypt\/live\/portico/g, folder],
  ]);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const main = `
    daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr;
    events { }
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n')}
      ${site}
    }`;
  writeFileSync(path.join(folder, 'fullchain.pem'), proxyCertificate);
  writeFileSync(path.join(folder, 'privkey.pem'), proxyCertificateKey);
  writeFileSync(path.join(folder, 'nginx.conf'), main);
  return start('nginx', ['-e', 'stderr', '-c', path.join(folder, 'nginx.conf')], folder, ports);
}

/** Certificates come from a certificate authority of its own. @param portal the port of the portal */
export async function startCaddy(portal: number, ports: Ports): Promise<Proxy> {
  const folder = createFolder();
  const options = `admin off\nskip_install_trust\nhttp_port ${ports.http}\nhttps_port ${ports.https}\n`;
  const file = adapt(readFileSync('deploy/Caddyfile', 'utf8'), [
    [/^\{$/m, `{\n${options}`],
    [/\temail .*\n/, ''],
    [/\ton_demand\n/, '\ton_demand\n\t\tissuer internal\n'],
  ]);
  writeFileSync(path.join(folder, 'Caddyfile'), file);
  const env = { PORTICO: `127.0.0.1:${portal}`, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const args = ['run', '--adapter', 'caddyfile', '--config', path.join(folder, 'Caddyfile')];
  return start('caddy', args, folder, ports, env);
}

function createFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'portico-proxy-'));
  // The worker processes of nginx run as another account.
  chmodSync(folder, 0o755);
  return folder;
}

/** @throws when a text of the file is not found, so that the file cannot change without its test */
function adapt(file: string, replacements: readonly (readonly [RegExp, string])[]): string {
  return replacements.reduce((text, [pattern, replacement]) => {
    if (text.search(pattern) < 0) throw new Error(`The file has no ${pattern}`);
    // As a function, because $ has a meaning in a text.
    return text.replace(pattern, () => replacement);
  }, file);
}

async function start(
  program: string,
  args: string[],
  folder: string,
  ports: Ports,
  env: Record<string, string> = {},
): Promise<Proxy> {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], HOME: folder, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text) => (errors += String(text)));
  const exited = once(child, 'exit');
  while (child.exitCode === null && !(await accepts(ports.https))) await delay(50);
  if (child.exitCode !== null) throw new Error(`${program} did not start: ${errors}`);
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...ports, stop };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => undefined);
    socket.once('connect', () => socket.destroy());
  });
}
