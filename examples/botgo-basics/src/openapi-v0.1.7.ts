// The first program of BotGo's page, as of v0.1.7: an access token, bought with the app secret and kept fresh.
import { newOpenAPI, newQQBotTokenSource, startRefreshAccessToken } from 'botgo';
import { appId, baseUrl, secret, tokenUrl } from './config.js';

const source = newQQBotTokenSource({ appId, secret, tokenUrl });
await startRefreshAccessToken(source);
const api = newOpenAPI(appId, source, { baseUrl }).withTimeout(5_000);

const ws = await api.ws();
console.log(ws);

const me = await api.me();
console.log(me);

await api.close();
