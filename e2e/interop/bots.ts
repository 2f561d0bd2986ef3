import type { ForeignBot } from './foreign-bot.js';
import { goBot } from './go-bot.js';
import { pythonBot } from './python-bot.js';

/** The bots that are run, with what their SDKs cannot read. */
export const BOTS: readonly ForeignBot[] = [
  pythonBot(
    {
      name: 'nonebot',
      sdk: 'nonebot-adapter-qq 1.7.3',
      unread: [
        // It demands a `position`, which the example in the platform's document (event/channel.md) has not.
        ...['CHANNEL_CREATE', 'CHANNEL_UPDATE', 'CHANNEL_DELETE'],
        // It has no class for them.
        ...[
          'AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER',
          'AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT',
          'SUBSCRIBE_MESSAGE_STATUS',
        ],
      ],
    },
    'nonebot_bot.py',
  ),
  pythonBot(
    {
      name: 'botpy',
      sdk: 'qq-botpy 1.2.1',
      unread: [
        // It waits for ON_MIC and OFF_MIC.
        ...['AUDIO_ON_MIC', 'AUDIO_OFF_MIC'],
        'SUBSCRIBE_MESSAGE_STATUS',
      ],
    },
    'botpy_bot.py',
  ),
  goBot({ name: 'botgo', sdk: 'github.com/tencent-connect/botgo v0.2.1', isOptional: true, unread: [] }),
];
