/** The app id, as the console shows it. */
export const appId = required('BOT_APPID');

/** The fixed token of v0.1.6; the platform has retired it, the simulator takes it. */
export const fixedToken = process.env.BOT_TOKEN ?? '';

/** The app secret of v0.1.7. */
export const secret = process.env.BOT_SECRET ?? '';

/** A simulator's address; the platform when left out. */
export const baseUrl = process.env.BOT_API_URL;
export const tokenUrl = baseUrl && `${baseUrl}/app/getAppAccessToken`;

function required(name: string): string {
  const value = process.env[name];
  if (value) return value;
  console.error(`Set ${name} (and BOT_TOKEN or BOT_SECRET) in the environment.`);
  process.exit(1);
}
