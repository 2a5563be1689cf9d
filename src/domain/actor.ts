/** Who does something, as the audit log will name them. */
export interface Actor {
  kind: 'staff' | 'customer' | 'operator' | 'system' | 'anonymous';
  id: string | null;
  name: string;
  ip: string | null;
  user_agent: string | null;
  request_id: string | null;
  permissions: ReadonlySet<string>;
}

/** For what nobody in particular does: the worker, the command line, the seed. */
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
