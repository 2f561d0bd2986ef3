// The first program of BotGo's page, as of v0.1.6: a fixed token, and two calls.
import { botToken, newOpenAPI } from 'botgo';
import { appId, baseUrl, fixedToken } from './config.js';

const token = botToken(appId, fixedToken);
const api = newOpenAPI(token, { baseUrl }).withTimeout(3_000);

const ws = await api.ws();
console.log(ws);

const me = await api.me();
console.log(me);

await api.close();
