const MAILBOX =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

/** Whether this is one address and nothing else: no second mailbox, no name, no line break, nothing quoted. */
export function isOneMailbox(address: string): boolean {
  return address.length <= 254 && MAILBOX.test(address);
}
