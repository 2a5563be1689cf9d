import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { readSignedCookie, setSignedCookie } from '../http/cookies.ts';

const YEAR = 365 * 24 * 60 * 60;
const MOST_ADDRESSES = 5;

/** Whether somebody signed in here with this address before: then a stranger's failures elsewhere do not slow them. */
export function isKnownDevice(req: Request, address: string): boolean {
  return knownHere(req).includes(shortHash(address));
}

export function rememberDevice(req: Request, res: Response, address: string): void {
  const others = knownHere(req).filter((known) => known !== shortHash(address));
  const known = [shortHash(address), ...others].slice(0, MOST_ADDRESSES);
  setSignedCookie(req, res, 'device', { known }, YEAR);
}

function knownHere(req: Request): string[] {
  return readSignedCookie<{ known: string[] }>(req, 'device')?.known ?? [];
}

function shortHash(address: string): string {
  return createHash('sha256').update(address).digest('base64url').slice(0, 16);
}
