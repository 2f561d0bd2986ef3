/** Version of an OpenAPI implementation, a whole number. */
export type APIVersion = number;

/** The one version there is. */
export const APIv1: APIVersion = 1;

/** BotGo's `APIVersionString`: `v1`. */
export function apiVersionString(version: APIVersion): string {
  return `v${version}`;
}
