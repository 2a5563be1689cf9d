import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { bundleOptions } from './bundle-options.ts';

rmSync('dist', { recursive: true, force: true });

await build({
  ...bundleOptions,
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
  splitting: true,
  // V8 keeps the source of every loaded file: without comments it is short, and ASCII takes one byte a character.
  minifyWhitespace: true,
  // An uncaught error prints its whole line.
  lineLimit: 200,
});

// The package has twenty other fonts.
for (const file of ['ttf/DejaVuSans.ttf', 'ttf/DejaVuSans-Bold.ttf', 'LICENSE'])
  cpSync(path.join('node_modules/dejavu-fonts-ttf', file), path.join('dist/fonts', path.basename(file)));
