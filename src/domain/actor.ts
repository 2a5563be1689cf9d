import { displayName } from './user/user.ts';

/** Who performs an action, as the audit log names them. */
export interface Actor {
  kind: 'staff' | 'customer' | 'operator' | 'system' | 'anonymous';
  id: string | null;
  name: string;
  ip: string | null;
  user_agent: string | null;
  request_id: string | null;
  permissions: ReadonlySet<string>;
}

/** The actor of the worker, the command line and the seed. */
export function systemActor(name: string): Actor {
  return {
    kind: 'system',
    id: null,
    name,
    ip: null,
    user_agent: null,
    request_id: null,
    permissions: new Set(),
  };
}

/** The user as the actor of the same request: for actions that prove who the user is, like consuming a mailed link. */
export function actAs(
  actor: Actor,
  user: { id: string; audience: 'customer' | 'staff'; name: string; email: string },
): Actor {
  return { ...actor, kind: user.audience, id: user.id, name: displayName(user) };
}
