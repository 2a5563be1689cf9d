import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { readSignedCookie, setSignedCookie } from '../http/cookies.ts';
import type { PersonKey } from '../http/person-key.ts';

const YEAR = 365 * 24 * 60 * 60;
const MAX_PEOPLE = 5;

/** Whether this person logged in on this device before: then failures of other devices do not slow them. */
export function isKnownDevice(req: Request, person: PersonKey): boolean {
  return knownHere(req).includes(shortHash(person));
}

export function rememberDevice(req: Request, res: Response, person: PersonKey): void {
  const others = knownHere(req).filter((known) => known !== shortHash(person));
  const known = [shortHash(person), ...others].slice(0, MAX_PEOPLE);
  setSignedCookie(req, res, 'device', { known }, YEAR);
}

function knownHere(req: Request): string[] {
  return readSignedCookie<{ known: string[] }>(req, 'device')?.known ?? [];
}

function shortHash(person: PersonKey): string {
  return createHash('sha256').update(person).digest('base64url').slice(0, 16);
}
