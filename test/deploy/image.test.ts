import { expect } from 'chai';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { invoiceDocument } from '../../src/documents/invoice-document.ts';
import { contextOf, sampleInvoice, sampleLine } from '../documents/sample-invoice.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  ask,
  buildProgram,
  preparePortalProcesses,
  untilReady,
  type PortalProcesses,
} from '../support/portal-process.ts';

/** An account that may write nothing in the folder, as in the container. */
const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

describe('The files of the image', () => {
  let folder: string;
  let database: TestDatabase;
  let processes: PortalProcesses;
  let server: ChildProcess | undefined;

  before(async function () {
    this.timeout(60_000);
    buildProgram();
    folder = mkdtempSync(path.join(tmpdir(), 'portico-image-'));
    const dockerfile = readFileSync('deploy/Dockerfile', 'utf8');
    const copies = [...dockerfile.matchAll(/^COPY --from=build \/portico\/(\S+) \.\/(\S+)$/gm)];
    for (const [, from = '', to = ''] of copies) cpSync(from, path.join(folder, to), { recursive: true });
    execFileSync('chmod', ['-R', 'a+rX,a-w', folder]);
    database = await createTestDatabase();
    processes = await preparePortalProcesses(database);
  });
  after(async () => {
    server?.kill('SIGKILL');
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  });

  const run = (program: string, ...args: string[]) =>
    spawn(process.execPath, [program, ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...processes.env, WORKERS: '2' },
      stdio: ['ignore', 'pipe', 'inherit'],
      ...UNPRIVILEGED,
    });

  it('contain the packages that the built program loads, and what these load', () => {
    const programs = readdirSync('dist/src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.js'))
      .map((file) => readFileSync(path.join('dist/src', file), 'utf8'));
    const loads = /(?:\bfrom|\bimport\(|\brequire\d*\()\s*"([^"./][^"]*)"/g;
    const names = new Set(programs.flatMap((text) => [...text.matchAll(loads)].map(([, name = '']) => name)));
    const packages = [...names].filter((name) => existsSync(path.join('node_modules', name)));
    expect(packages).to.include('@node-rs/argon2');
    const missing = packages.filter((name) => !existsSync(path.join(folder, 'node_modules', name)));
    expect(missing.filter((name) => !isBuiltin(name))).to.deep.equal([]);
    const script = packages.map((name) => `await import('${name}');`).join('');
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder });
  });

  it('are enough to serve pages and assets without writing a file', async function () {
    this.timeout(60_000);
    const [command = ''] = /\["(.*?)"\]/
      .exec(readFileSync('deploy/Dockerfile', 'utf8').split('CMD')[1]!)!
      .slice(1);
    server = run(command);
    await untilReady(processes.port);
    const page = await ask(processes.port, '/login');
    expect(page?.status).to.equal(200);
    const stylesheet = /href="(\/assets\/[^"]+\.css)"/.exec(page!.text)?.[1];
    expect((await ask(processes.port, stylesheet!))?.status).to.equal(200);
    server.kill('SIGTERM');
    const [code] = await once(server, 'exit');
    expect(code).to.equal(0);
    expect(readdirSync(folder)).to.have.members(['dist', 'node_modules', 'package.json', 'public', 'views']);
  });

  it('are enough to run the commands', async function () {
    this.timeout(60_000);
    const child = run('dist/src/cli.js', 'operator:create', '--email', 'you@example.com');
    let output = '';
    child.stdout.on('data', (text) => (output += String(text)));
    expect((await once(child, 'close'))[0]).to.equal(0);
    expect(output).to.include('you@example.com');
  });

  it('are enough to write a PDF with its fonts', () => {
    const document = invoiceDocument(
      sampleInvoice([sampleLine({ description: 'مخزن A-12' })]),
      contextOf('ar'),
    );
    const module = readdirSync(path.join(folder, 'dist/src')).find((file) =>
      /^invoice-pdf-.*\.js$/.test(file),
    );
    const script = `
      const { invoicePdf } = await import('./dist/src/${module}');
      const pdf = await invoicePdf(${JSON.stringify(document)}, { colour: '#0b6e75', logo: null });
      pdf.pipe(process.stdout);`;
    const pdf = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder });
    expect(pdf.toString('latin1'))
      .to.include('DejaVuSans')
      .and.match(/^%PDF-/);
  });
});
