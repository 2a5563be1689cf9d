import { UNRESTRICTED, type Viewer } from '../database/scope.ts';
import { displayName } from './user/user.ts';

export interface Actor extends Viewer {
  kind: 'staff' | 'customer' | 'operator' | 'system' | 'anonymous';
  name: string;
  ip: string | null;
  user_agent: string | null;
  request_id: string | null;
  permissions: ReadonlySet<string>;
}

export function systemActor(name: string): Actor {
  return {
    ...UNRESTRICTED,
    kind: 'system',
    name,
    ip: null,
    user_agent: null,
    request_id: null,
    permissions: new Set(),
  };
}

/** For an anonymous request that proves who the user is, for example by a mailed link. */
export function actAs(
  actor: Actor,
  user: { id: string; audience: 'customer' | 'staff'; name: string; email: string },
): Actor {
  return { ...actor, kind: user.audience, id: user.id, name: displayName(user) };
}
