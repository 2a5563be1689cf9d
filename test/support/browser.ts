import { existsSync } from 'node:fs';
import type { Context } from 'mocha';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { skipBecause } from './skip.ts';

/** The headless shell first, because it needs about half the time of a complete browser. */
const CHROMIUM_PATHS = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

// Chromium makes no requests of its own.
const CHROMIUM_ARGS = [
  // Threads that compile scripts slow down the tests that run at the same time. Functions of axe run a few times on each
  // page: compiled at once, and kept for the next page, they take less time.
  '--js-flags=--single-threaded --baseline-batch-compilation-threshold=0 --no-flush-bytecode',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the machine's Chromium; skips the suite where there is none. */
export async function openBrowser(context: Context): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? CHROMIUM_PATHS.find((file) => existsSync(file));
  if (!executablePath) skipBecause(context, 'no Chromium found; set CHROMIUM to its path, or install one');
  return chromium.launch({ executablePath, args: CHROMIUM_ARGS });
}

/** Opens a page in a new browser context. `problems` collects script errors, blocked resources and responses of 500 or more. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}) {
  // Of the proxies of the tests.
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  return { page, problems: collectProblems(page), close: () => context.close() };
}

function collectProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) problems.push(message.text());
  });
  page.on('response', (response) => {
    if (response.status() >= 500) problems.push(`${response.status()} ${response.url()}`);
  });
  return problems;
}
