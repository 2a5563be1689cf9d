import { hash } from 'node:crypto';
import { pooledRandomBytes } from '../../random-bytes.ts';
import { canonicalJson, isObject } from './canonical-json.ts';

export interface ActorData {
  actor_name: string | null;
  ip: string | null;
  user_agent: string | null;
}

export interface TargetData {
  target_name: string | null;
  changes: Readonly<Record<string, unknown>>;
}

interface Digests {
  /** Null once the data of the actor has been erased. */
  actor_salt: Buffer | null;
  actor_digest: Buffer;
  /** Null once the data of the target has been erased. */
  target_salt: Buffer | null;
  target_digest: Buffer;
}

/** Actor and target have separate salts, because one person is erased without the other. */
export type PersonalData = ActorData & TargetData & Digests;

export const ERASABLE_COLUMNS: ReadonlySet<string> = new Set<keyof PersonalData>([
  'actor_name',
  'ip',
  'user_agent',
  'target_name',
  'changes',
  'actor_salt',
  'target_salt',
]);

const SALT_BYTES = 16;

export function createDigests(data: ActorData & TargetData): Digests {
  const actor_salt = pooledRandomBytes(SALT_BYTES);
  const target_salt = pooledRandomBytes(SALT_BYTES);
  return {
    actor_salt,
    actor_digest: digest(actor_salt, actorData(data)),
    target_salt,
    target_digest: digest(target_salt, targetData(data)),
  };
}

/** Returns true if the personal data of actor and target is unchanged or has been erased completely. */
export function hasValidPersonalData(event: PersonalData): boolean {
  const { actor_name, ip, user_agent, target_name, changes } = event;
  const isActorValid = event.actor_salt
    ? digest(event.actor_salt, actorData(event)).equals(event.actor_digest)
    : areNull([actor_name, ip, user_agent]);
  const isTargetValid = event.target_salt
    ? digest(event.target_salt, targetData(event)).equals(event.target_digest)
    : isObject(changes) && areNull([target_name, ...Object.values(changes)]);
  return isActorValid && isTargetValid;
}

export function isErased({ actor_salt, target_salt }: PersonalData): boolean {
  return actor_salt === null || target_salt === null;
}

function digest(salt: Buffer, data: object): Buffer {
  return hash('sha256', Buffer.concat([salt, Buffer.from(canonicalJson(data))]), 'buffer');
}

function actorData({ actor_name, ip, user_agent }: ActorData): ActorData {
  return { actor_name, ip, user_agent };
}

function targetData({ target_name, changes }: TargetData): TargetData {
  return { target_name, changes };
}

function areNull(values: readonly unknown[]): boolean {
  return values.every((value) => value === null);
}
