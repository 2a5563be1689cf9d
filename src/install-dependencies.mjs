// Runs before `npm start`, `npm test` and `npm run portal`, when nothing is installed yet: plain JavaScript that an
// old Node can still read, and no imports but Node's own.
import { spawnSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const isForTests = process.env.npm_lifecycle_event === 'pretest';

refuseOldNode();
const reason = whyInstall();
if (reason) install(reason);

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const isRight = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (isRight) return;
  fail(
    `Portico needs Node 20.19 or newer (of 22: 22.12 or newer), and this is Node ${process.versions.node}.`,
  );
}

function whyInstall() {
  const wanted = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  if (!wanted) fail('package-lock.json is missing or damaged: check the clone.');
  if (!installed) return 'The dependencies are not installed yet';
  const isMissing = (path) => {
    const { version, optional, devOptional, dev } = wanted[path];
    if (installed[path]) return installed[path].version !== version;
    // Packages of other platforms are never installed, those for development not in production.
    return !optional && !devOptional && (!dev || isForTests);
  };
  const isOutdated = Object.keys(wanted).some((path) => path !== '' && isMissing(path));
  return isOutdated ? 'The dependencies do not match package-lock.json' : null;
}

// npm writes the second one when an installation is complete.
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return null;
  }
}

function install(why) {
  if (isLink('node_modules')) {
    // Another checkout's: not ours to empty.
    console.log(`${why}, and node_modules is a link: run \`npm ci\` where it leads to.`);
    return;
  }
  console.log(`${why}: running npm ci.`);
  const options = [
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    ...(isForTests ? ['--include=dev'] : []),
  ];
  const { npm_execpath: npm } = process.env;
  const [command, args] = npm ? [process.execPath, [npm, ...options]] : ['npm', options];
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0)
    fail(`npm ci did not succeed (${error ? error.message : `exit code ${status}`}).`, status || 1);
}

function isLink(name) {
  try {
    return lstatSync(join(root, name)).isSymbolicLink();
  } catch {
    return false;
  }
}

function fail(sentence, code = 1) {
  console.error(sentence);
  process.exit(code);
}
