// One process of a bot that answers a message as often as it may. Its parent says what, and when.
import { redisReplyStore } from '@botgo/redis';
import { Replier } from 'botgo/message';
import { createOpenAPI } from 'botgo/openapi';
import { newQQBotTokenSource } from 'botgo/token';

process.once('message', async ({ redisUrl, prefix, simUrl, event, count }) => {
  const tokenSource = newQQBotTokenSource({
    appId: '102000001',
    secret: 'demo-secret',
    tokenUrl: `${simUrl}/app/getAppAccessToken`,
  });
  const api = createOpenAPI({ baseUrl: simUrl, tokenSource });
  const store = redisReplyStore({ url: redisUrl, prefix });
  const replier = new Replier(api, { appId: '102000001', store });
  await tokenSource.token();
  await replier.left(event);
  process.once('message', async () => {
    const ends = await Promise.allSettled(
      Array.from({ length: count }, (_, index) => replier.reply(event, `${process.pid} ${index}`)),
    );
    const errors = ends.flatMap(({ reason }) => (reason && !reason.reason ? [String(reason)] : []));
    const refused = ends.filter(({ reason }) => reason?.reason === 'replies-used-up').length;
    const sent = ends.filter(({ status }) => status === 'fulfilled').length;
    process.send({ sent, refused, errors });
    await Promise.all([api.close(), store.close(), tokenSource.close?.()]);
    process.disconnect();
  });
  process.send({ ready: true });
});
