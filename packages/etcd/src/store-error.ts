import { BotgoError, isBotgoError } from 'botgo/errs';

/** gRPC codes: what etcd says while it has no leader or loses it; and a token that has run out. */
export const UNAVAILABLE = 14;
export const UNAUTHENTICATED = 16;

/** What etcd answered. */
export class EtcdError extends Error {
  override readonly name = 'EtcdError';
  /** gRPC code. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }

  /** The lease named in the call has ended. */
  get isLeaseGone(): boolean {
    return this.message.includes('requested lease not found');
  }
}

/** The answer to a call that failed. */
export function readError(status: number, text: string): Error {
  const { code, message, error } = parseError(text);
  if (typeof code === 'number') return new EtcdError(code, String(message ?? error));
  if (status === 404)
    return new BotgoError(
      'BOTGO_STORE',
      'This etcd has no v3 JSON gateway: start it with --enable-grpc-gateway=true',
    );
  return new EtcdError(UNAVAILABLE, `HTTP ${status}`);
}

function parseError(text: string): { code?: unknown; message?: unknown; error?: unknown } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    // A page of a proxy, or of an etcd without the gateway.
    return {};
  }
}

const ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/authentication failed|invalid user/, 'etcd refused the user name or password: correct the option auth'],
  [
    /authentication is not enabled/,
    'This etcd has no authentication: leave the option auth out, or enable it',
  ],
  [/user name is empty/, 'etcd wants a user name and password: give the option auth'],
  [/permission denied/, "etcd's roles forbid this user the keys botgo/*: grant read and write"],
  [
    /before secure TLS connection was established|wrong version number|packet length too long/,
    'etcd does not speak TLS here: begin the endpoint with http://',
  ],
  [/other side closed/, 'etcd closed the connection: if it speaks TLS, begin the endpoint with https://'],
  [
    /self-signed certificate|unable to (verify the first|get (local )?issuer) certificate/,
    "etcd's certificate is not trusted: give the authority that signed it as the option tls.ca",
  ],
  [
    /database space exceeded/,
    'etcd has no space left: compact and defragment it, and turn on its auto-compaction',
  ],
  [/request is too large/, 'The write is larger than etcd takes at once (1.5 MiB by default)'],
];

/** Any failure of etcd as a {@link BotgoError} `BOTGO_STORE`. */
export function toStoreError(error: unknown): BotgoError {
  if (isBotgoError(error)) return error;
  const message = messageOf(error);
  const advice = ADVICE.find(([pattern]) => pattern.test(message))?.[1] ?? 'etcd could not be asked';
  return new BotgoError('BOTGO_STORE', `${advice} (${message})`, { cause: error });
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node's error of a connection tried at several addresses has a code and no text.
  if (error.message === '' && 'code' in error) return String(error.code);
  return error.message;
}
