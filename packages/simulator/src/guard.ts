/** What a request says about where it comes from. */
export interface Provenance {
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Refuses what a page of another origin could send to a local server: a foreign `Host` (DNS rebinding) and an `Origin`
 * other than the server's own.
 * @param hosts - host names that are allowed beside the loopback ones
 */
export function isAdmitted({ host, origin }: Provenance, hosts: ReadonlySet<string>): boolean {
  if (host === undefined) return false;
  const name = hostName(host);
  if (!LOOPBACK.has(name) && !hosts.has(name)) return false;
  if (origin === undefined) return true;
  return origin === `http://${host}` || origin === `https://${host}`;
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}
