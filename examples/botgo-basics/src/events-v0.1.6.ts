// The second program of BotGo's page, as of v0.1.6: the default session manager and a handler for messages that mention the bot.
import { botToken, newOpenAPI, newSessionManager, registerHandlers } from 'botgo';
import { appId, baseUrl, fixedToken } from './config.js';

const token = botToken(appId, fixedToken);
const api = newOpenAPI(token, { baseUrl }).withTimeout(3_000);
const ws = await api.ws();

// Register the handler of each event you want; the intent follows from them.
const intent = registerHandlers({
  atMessage: async (event, data) => {
    console.log(event, data);
  },
});

// As many shards as ws says are started; start() returns after SIGTERM or Ctrl-C.
await newSessionManager().start(ws, token, intent);
await api.close();
