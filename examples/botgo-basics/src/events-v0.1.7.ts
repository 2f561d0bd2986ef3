// The second program of BotGo's page, as of v0.1.7.
import { newOpenAPI, newQQBotTokenSource, newSessionManager, registerHandlers } from 'botgo';
import { appId, baseUrl, secret, tokenUrl } from './config.js';

const source = newQQBotTokenSource({ appId, secret, tokenUrl });
const api = newOpenAPI(appId, source, { baseUrl }).withTimeout(5_000);
const ws = await api.ws();

const intent = registerHandlers({
  atMessage: async (event, data) => {
    console.log(event, data);
  },
  groupATMessage: async (_event, data) => {
    await api.postGroupMessage(data.group_openid, { msg_type: 0, content: 'hello', msg_id: data.id });
  },
});

await newSessionManager().start(ws, source, intent);
await api.close();
