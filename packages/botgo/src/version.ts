/** Version of this package; a test holds it to `package.json`. */
export const VERSION = '0.1.0';

/** What the SDK calls itself in `User-Agent`, BotGo's `version.String()`. */
export function sdkVersion(): string {
  return `BotGoSDK/v${VERSION}`;
}
