/**
 * What a client does about an error of the platform.
 *
 * - `RETRY`: again with back-off and jitter, at most 3 tries; a message keeps its `msg_id` and `msg_seq`, so that the
 *   platform drops the second copy.
 * - `RETRY1`: again once.
 * - `AUTH`: refresh the access token and try once more; a second failure is `CRED`.
 * - `CRED`: stop: the configuration is wrong, or the bot is banned or taken offline.
 * - `PERM`: a right is missing.
 * - `PARAM`: the request is wrong.
 * - `LIMIT`: wait or drop, do not try again at once.
 * - `PENDING`: no error: an audit decides, and MESSAGE_AUDIT_PASS or _REJECT tells how.
 * - `GONE`: the target no longer exists, or the time to answer is over.
 * - `SAFE`: the content was refused.
 * - `STATE`: what was asked for is already so.
 * - `CONN`: connect or resume the gateway session, then try once more.
 */
export type PlatformAction =
  | 'RETRY'
  | 'RETRY1'
  | 'AUTH'
  | 'CRED'
  | 'PERM'
  | 'PARAM'
  | 'LIMIT'
  | 'PENDING'
  | 'GONE'
  | 'SAFE'
  | 'STATE'
  | 'CONN';

/** An error code of the platform: `err_code` of an answer's body, else its `code`. */
export interface PlatformCode {
  readonly code: number;
  readonly action: PlatformAction;
  /** The platform's name for it, as it spells it. */
  readonly name?: string;
  readonly meaning: string;
  /** Particulars about the action. */
  readonly note?: string;
  /** The only endpoint that is known to answer it: the end of its path. */
  readonly endpoint?: string;
  /** The same number with another meaning at one endpoint. */
  readonly elsewhere?: PlatformCodeElsewhere;
  /** In no document of the platform, only in reports of clients: a hint. */
  readonly reportedOnly?: true;
}

/** Another meaning of a code at one endpoint. */
export interface PlatformCodeElsewhere {
  /** End of the endpoint's path. */
  readonly endpoint: string;
  readonly action: PlatformAction;
  readonly meaning: string;
}

/** Codes of one topic. */
export interface PlatformCodeGroup {
  readonly topic: string;
  readonly codes: readonly PlatformCode[];
}

const shareLink = '/v2/generate_url_link';
const tokenEndpoint = '/app/getAppAccessToken';
const stream = '/stream_messages';

/**
 * The platform's error codes by topic, from its documents of 2025 and 2026, from BotGo and, where `reportedOnly` says so,
 * from reports of clients alone.
 */
export const platformCodeGroups: readonly PlatformCodeGroup[] = [
  {
    topic: 'general ids',
    codes: [
      { code: 10000, action: 'PARAM', meaning: 'unsupported operation, on uploads' },
      {
        code: 10001,
        action: 'PARAM',
        name: 'UnknownAccount',
        meaning: 'account error',
        elsewhere: { endpoint: shareLink, action: 'PARAM', meaning: 'bad request parameter' },
      },
      { code: 10002, action: 'PARAM', meaning: 'invalid request header', endpoint: shareLink },
      {
        code: 10003,
        action: 'PARAM',
        name: 'UnknownChannel',
        meaning: 'channel error',
        elsewhere: { endpoint: shareLink, action: 'PARAM', meaning: 'reading bot data failed' },
      },
      {
        code: 10004,
        action: 'PARAM',
        name: 'UnknownGuild',
        meaning: 'guild error',
        elsewhere: { endpoint: tokenEndpoint, action: 'CRED', meaning: 'no such bot for this appid' },
      },
      {
        code: 10044,
        action: 'RETRY1',
        meaning: 'reading the account from the header failed',
        endpoint: shareLink,
      },
      { code: 11004, action: 'RETRY1', meaning: 'making the share card failed', endpoint: shareLink },
    ],
  },
  {
    topic: 'token endpoint',
    codes: [
      { code: 100001, action: 'LIMIT', name: 'Too many requests', meaning: 'token calls too frequent' },
      {
        code: 100007,
        action: 'CRED',
        name: 'appid invalid',
        meaning: 'appid invalid, or the bot is banned or deleted',
      },
      { code: 100016, action: 'CRED', name: 'invalid appid or secret', meaning: 'appid or secret wrong' },
      { code: 100017, action: 'LIMIT', meaning: 'calls over the limit', reportedOnly: true },
    ],
  },
  {
    topic: 'credentials and privileges',
    codes: [
      { code: 11241, action: 'AUTH', name: 'ErrorWrongToken', meaning: 'token missing' },
      {
        code: 11242,
        action: 'RETRY1',
        name: 'ErrorCheckTokenFailed',
        meaning: 'token check failed, system error',
      },
      { code: 11243, action: 'AUTH', name: 'ErrorCheckTokenNotPass', meaning: 'token wrong' },
      {
        code: 11244,
        action: 'AUTH',
        name: 'APICodeTokenExpireOrNotExist',
        meaning: 'token expired or does not exist',
      },
      { code: 11251, action: 'CRED', name: 'ErrorWrongAppid', meaning: 'appid wrong, cannot be recognised' },
      {
        code: 11252,
        action: 'RETRY1',
        name: 'ErrorCheckAppPrivilegeFailed',
        meaning: 'app privilege check failed, system error',
      },
      {
        code: 11253,
        action: 'PERM',
        name: 'ErrorCheckAppPrivilegeNotPass',
        meaning: 'app has no right to this endpoint, apply to the platform',
      },
      {
        code: 11254,
        action: 'PERM',
        name: 'ErrorInterfaceForbidden',
        meaning: 'endpoint blocked for this app',
      },
      {
        code: 11255,
        action: 'PARAM',
        meaning: 'openid invalid, of another bot, or wrong scene (with err_code 40011028)',
        reportedOnly: true,
      },
      { code: 11261, action: 'CRED', name: 'ErrorWrongAppid', meaning: 'appid missing' },
      {
        code: 11262,
        action: 'PERM',
        name: 'ErrorCheckRobot',
        meaning: 'endpoint does not accept a bot token',
      },
      {
        code: 11263,
        action: 'RETRY1',
        name: 'ErrorCheckGuildAuth',
        meaning: 'guild permission check failed, system error',
      },
      {
        code: 11264,
        action: 'PERM',
        name: 'ErrorGuildAuthNotPass',
        meaning: 'guild did not grant this API, or guild id wrong',
      },
      { code: 11265, action: 'CRED', name: 'ErrorRobotHasBaned', meaning: 'bot banned' },
      {
        code: 11273,
        action: 'PERM',
        name: 'ErrorCheckUserAuth',
        meaning: 'endpoint does not accept a Bearer token',
      },
      { code: 11274, action: 'PERM', name: 'ErrorUserAuthNotPass', meaning: 'user did not grant this scope' },
      { code: 11275, action: 'CRED', name: 'ErrorWrongAppid', meaning: 'no appid' },
      {
        code: 11281,
        action: 'RETRY1',
        name: 'ErrorCheckAdminFailed',
        meaning: 'administrator check failed, system error',
      },
      { code: 11282, action: 'PERM', name: 'ErrorCheckAdminNotPass', meaning: 'bot is not administrator' },
      {
        code: 11293,
        action: 'GONE',
        meaning: 'bot is not in the group (with err_code 40011026)',
        reportedOnly: true,
      },
      { code: 11300, action: 'PERM', meaning: 'private-domain bots only', reportedOnly: true },
      { code: 11301, action: 'PARAM', name: 'ErrorGetHTTPHeader', meaning: 'HTTP header invalid' },
      { code: 11302, action: 'PARAM', name: 'ErrorGetHeaderUIN', meaning: 'HTTP header invalid' },
      { code: 11303, action: 'RETRY', name: 'ErrorGetNick', meaning: 'reading the nick failed' },
      { code: 11304, action: 'RETRY', name: 'ErrorGetAvatar', meaning: 'reading the avatar failed' },
      { code: 11305, action: 'PARAM', name: 'ErrorGetGuildID', meaning: 'reading the guild id failed' },
      { code: 11306, action: 'RETRY', name: 'ErrorGetGuildInfo', meaning: 'reading guild data failed' },
      { code: 11700, action: 'PERM', meaning: 'ability withdrawn from the bot', reportedOnly: true },
    ],
  },
  {
    topic: 'request conversion',
    codes: [
      {
        code: 12001,
        action: 'PARAM',
        name: 'ReplaceIDFailed',
        meaning: 'id replacement failed (usually a wrong id)',
      },
      { code: 12002, action: 'PARAM', name: 'RequestInvalid', meaning: 'bad request body' },
      { code: 12003, action: 'RETRY', name: 'ResponseInvalid', meaning: 'bad answer from behind' },
    ],
  },
  {
    topic: 'message frequency',
    codes: [
      {
        code: 20028,
        action: 'LIMIT',
        name: 'ChannelHitWriteRateLimit',
        meaning: 'channel message rate limit',
      },
      { code: 22006, action: 'PARAM', meaning: 'msg_type does not fit the content' },
      {
        code: 22009,
        action: 'LIMIT',
        name: 'msg limit exceed',
        meaning: 'message sending over the limit (C2C, group)',
      },
    ],
  },
  {
    topic: 'streaming endpoint',
    codes: [
      { code: 40007, action: 'PARAM', meaning: 'the already shown prefix may not change', endpoint: stream },
      { code: 50001, action: 'RETRY', meaning: 'internal error', endpoint: stream },
      { code: 50002, action: 'LIMIT', meaning: 'rate limit', endpoint: stream },
    ],
  },
  {
    topic: 'message content and editing',
    codes: [
      { code: 50006, action: 'PARAM', name: 'CannotSendEmptyMessage', meaning: 'message empty' },
      { code: 50035, action: 'PARAM', name: 'InvalidFormBody', meaning: 'bad form-data' },
      { code: 50037, action: 'PARAM', meaning: 'markdown messages may only carry markdown or keyboard' },
      { code: 50038, action: 'PARAM', meaning: 'other guild or other channel' },
      { code: 50039, action: 'RETRY1', meaning: 'reading the message failed' },
      { code: 50040, action: 'PARAM', meaning: 'wrong template type' },
      { code: 50041, action: 'PARAM', meaning: 'markdown has an empty value' },
      { code: 50042, action: 'PARAM', meaning: 'markdown list too long' },
      { code: 50043, action: 'PARAM', meaning: 'guild_id conversion failed' },
      { code: 50045, action: 'PARAM', meaning: 'cannot answer a message of the bot itself' },
      { code: 50046, action: 'PARAM', meaning: 'not a message that mentions the bot' },
      { code: 50047, action: 'PARAM', meaning: 'not made by a bot, or not a mention of the bot' },
      { code: 50048, action: 'PARAM', meaning: 'message id empty' },
      { code: 50049, action: 'PARAM', meaning: 'only messages with a keyboard can be edited' },
      { code: 50050, action: 'PARAM', meaning: 'keyboard must not be empty when editing' },
      { code: 50051, action: 'PERM', meaning: 'only own messages can be edited' },
      { code: 50053, action: 'RETRY1', meaning: 'editing failed' },
      { code: 50054, action: 'PARAM', meaning: 'bad markdown template parameter' },
      { code: 50055, action: 'PARAM', meaning: 'invalid markdown content' },
      { code: 50056, action: 'PERM', meaning: 'native markdown not allowed' },
      { code: 50057, action: 'PARAM', meaning: 'native markdown and template exclude each other' },
      { code: 50059, action: 'PARAM', meaning: 'bad input type (input_notify)' },
    ],
  },
  {
    topic: 'channel permission',
    codes: [
      { code: 301000, action: 'PARAM', meaning: 'bad parameter' },
      { code: 301001, action: 'RETRY1', meaning: 'reading guild data failed' },
      { code: 301002, action: 'RETRY1', meaning: 'reading channel permission failed' },
      { code: 301003, action: 'RETRY1', meaning: 'changing channel permission failed' },
      { code: 301004, action: 'LIMIT', meaning: 'private channel is full' },
      { code: 301005, action: 'RETRY', meaning: 'RPC failed' },
      { code: 301006, action: 'PERM', meaning: 'not a member, no right to query' },
      { code: 301007, action: 'PARAM', meaning: 'too many items' },
    ],
  },
  {
    topic: 'schedule',
    codes: [
      { code: 302000, action: 'PARAM', meaning: 'bad parameter' },
      { code: 302001, action: 'RETRY1', meaning: 'reading guild data failed' },
      { code: 302002, action: 'RETRY1', meaning: 'reading the list failed' },
      { code: 302003, action: 'RETRY1', meaning: 'reading the schedule failed' },
      { code: 302004, action: 'RETRY1', meaning: 'changing failed' },
      { code: 302005, action: 'RETRY1', meaning: 'deleting failed' },
      { code: 302006, action: 'RETRY1', meaning: 'creating failed' },
      { code: 302007, action: 'RETRY1', meaning: 'reading the creator failed' },
      { code: 302008, action: 'PARAM', meaning: 'channel id empty' },
      { code: 302009, action: 'RETRY1', meaning: 'guild system error' },
      { code: 302010, action: 'PERM', meaning: 'no right to change' },
      { code: 302011, action: 'GONE', meaning: 'already deleted' },
      { code: 302012, action: 'LIMIT', meaning: '10 per day reached' },
      { code: 302013, action: 'SAFE', meaning: 'blocked by security check' },
      { code: 302014, action: 'PARAM', meaning: 'longer than 7 days' },
      { code: 302015, action: 'PARAM', meaning: 'start is in the past' },
      { code: 302016, action: 'PARAM', meaning: 'end before start' },
      { code: 302017, action: 'PARAM', meaning: 'schedule object empty (wrapper missing)' },
      { code: 302018, action: 'PARAM', meaning: 'type conversion failed' },
      { code: 302019, action: 'RETRY1', meaning: 'downstream call failed' },
      { code: 302020, action: 'SAFE', meaning: 'content or account violates rules' },
      { code: 302021, action: 'LIMIT', meaning: 'guild limit of the day reached' },
      { code: 302022, action: 'PARAM', meaning: 'jump channel is in another guild' },
      { code: 302023, action: 'PARAM', meaning: 'jump channel must not be a schedule channel' },
      { code: 302024, action: 'PARAM', meaning: 'jump channel does not exist' },
    ],
  },
  {
    topic: 'sending messages',
    codes: [
      { code: 304003, action: 'PARAM', name: 'URL_NOT_ALLOWED', meaning: 'URL not registered' },
      { code: 304004, action: 'PERM', name: 'ARK_NOT_ALLOWED', meaning: 'no right to ark (template)' },
      { code: 304005, action: 'PARAM', name: 'EMBED_LIMIT', meaning: 'embed too long' },
      { code: 304006, action: 'RETRY1', name: 'SERVER_CONFIG', meaning: 'platform configuration error' },
      { code: 304007, action: 'RETRY1', name: 'GET_GUILD', meaning: 'reading the guild failed' },
      { code: 304008, action: 'RETRY1', name: 'GET_BOT', meaning: 'reading the bot failed' },
      { code: 304009, action: 'RETRY1', name: 'GET_CHENNAL', meaning: 'reading the channel failed' },
      { code: 304010, action: 'RETRY1', name: 'CHANGE_IMAGE_URL', meaning: 'copying the image failed' },
      { code: 304011, action: 'PARAM', name: 'NO_TEMPLATE', meaning: 'template does not exist' },
      { code: 304012, action: 'RETRY1', name: 'GET_TEMPLATE', meaning: 'reading the template failed' },
      { code: 304014, action: 'PERM', name: 'TEMPLATE_PRIVILEGE', meaning: 'no right to the template' },
      {
        code: 304016,
        action: 'RETRY1',
        name: 'SEND_ERROR',
        meaning: 'sending failed',
        note: 'duplicate risk',
      },
      { code: 304017, action: 'RETRY1', name: 'UPLOAD_IMAGE', meaning: 'image upload failed' },
      {
        code: 304018,
        action: 'CONN',
        name: 'SESSION_NOT_EXIST',
        meaning: 'bot not connected to the gateway',
      },
      { code: 304019, action: 'LIMIT', name: 'AT_EVERYONE_TIMES', meaning: '@everyone quota used' },
      { code: 304020, action: 'PARAM', name: 'FILE_SIZE', meaning: 'file too large' },
      { code: 304021, action: 'RETRY1', name: 'GET_FILE', meaning: 'download failed' },
      { code: 304022, action: 'LIMIT', name: 'PUSH_TIME', meaning: 'not in the allowed time of day' },
      {
        code: 304023,
        action: 'PENDING',
        name: 'PUSH_MSG_ASYNC_OK',
        meaning: 'proactive message accepted, waits for audit',
      },
      {
        code: 304024,
        action: 'PENDING',
        name: 'REPLY_MSG_ASYNC_OK',
        meaning: 'passive message accepted, waits for audit',
      },
      { code: 304025, action: 'SAFE', name: 'BEAT', meaning: 'blocked' },
      { code: 304026, action: 'PARAM', name: 'MSG_ID', meaning: 'answered message id wrong' },
      { code: 304027, action: 'GONE', name: 'MSG_EXPIRE', meaning: 'answered message too old' },
      {
        code: 304028,
        action: 'PERM',
        name: 'MSG_PROTECT',
        meaning: 'message does not mention the bot, no answer allowed',
      },
      { code: 304029, action: 'RETRY1', name: 'CORPUS_ERROR', meaning: 'corpus service failed' },
      { code: 304030, action: 'SAFE', name: 'CORPUS_NOT_MATCH', meaning: 'text not in the corpus' },
      { code: 304031, action: 'PERM', meaning: 'DM closed' },
      { code: 304032, action: 'GONE', meaning: 'DM does not exist' },
      { code: 304033, action: 'RETRY1', meaning: 'opening the DM failed' },
      { code: 304034, action: 'PERM', meaning: 'not a member of the DM' },
      { code: 304035, action: 'LIMIT', meaning: 'too many channels for proactive messages' },
      { code: 304036, action: 'PERM', meaning: 'no right to the markdown template' },
      { code: 304037, action: 'PERM', meaning: 'no right to keyboards' },
      { code: 304038, action: 'PARAM', meaning: 'keyboard template does not exist' },
      { code: 304039, action: 'PARAM', meaning: 'keyboard cannot be parsed' },
      { code: 304040, action: 'PARAM', meaning: 'keyboard message content wrong' },
      { code: 304044, action: 'RETRY1', meaning: 'reading message settings failed' },
      { code: 304045, action: 'LIMIT', meaning: 'channel proactive quota used' },
      { code: 304046, action: 'PERM', meaning: 'proactive messages not allowed in this channel' },
      { code: 304047, action: 'LIMIT', meaning: 'proactive channel count used' },
      { code: 304048, action: 'PERM', meaning: 'proactive messages not allowed in this guild' },
      { code: 304049, action: 'LIMIT', meaning: 'DM proactive quota of the user used' },
      { code: 304050, action: 'LIMIT', meaning: 'DM proactive quota of the bot used' },
      { code: 304051, action: 'PARAM', meaning: 'setting guide request badly built' },
      { code: 304052, action: 'LIMIT', meaning: 'setting guide too frequent' },
      { code: 304061, action: 'PARAM', meaning: 'message content invalid' },
      { code: 304062, action: 'PARAM', meaning: 'too many subscribe buttons' },
      { code: 304064, action: 'PERM', meaning: 'subscription not authorised' },
      { code: 304080, action: 'GONE', meaning: 'file_info invalid or expired', note: 'upload again' },
      { code: 304082, action: 'RETRY', name: 'upload media info fail', meaning: 'fetching the media failed' },
      {
        code: 304083,
        action: 'RETRY',
        name: 'convert media info fail',
        meaning: 'converting the media failed',
      },
      { code: 304103, action: 'GONE', meaning: 'message id too old for an answer' },
      { code: 305007, action: 'PARAM', meaning: 'bad keyboard style' },
      { code: 340067, action: 'RETRY1', meaning: 'reading bot data failed' },
      { code: 340069, action: 'PARAM', meaning: 'msg_type invalid' },
    ],
  },
  {
    topic: 'retracting messages',
    codes: [
      { code: 306001, action: 'PARAM', name: 'param invalid', meaning: 'bad parameter' },
      { code: 306002, action: 'PARAM', name: 'msgid error', meaning: 'message id wrong' },
      { code: 306003, action: 'RETRY', name: 'fail to get message', meaning: 'reading the message failed' },
      { code: 306004, action: 'PERM', name: 'no permission to delete message', meaning: 'no right' },
      { code: 306005, action: 'RETRY', name: 'retract message error', meaning: 'retract failed' },
      { code: 306006, action: 'RETRY', name: 'fail to get channel', meaning: 'reading the channel failed' },
      { code: 306007, action: 'PARAM', meaning: 'message of another group' },
      { code: 306008, action: 'PERM', meaning: 'message of another sender' },
      { code: 306009, action: 'PARAM', meaning: 'message of another user' },
      { code: 306010, action: 'RETRY', meaning: 'internal error' },
      { code: 306011, action: 'GONE', meaning: 'too old to retract (2 minutes)' },
    ],
  },
  {
    topic: 'announces and pins',
    codes: [
      { code: 501001, action: 'PARAM', meaning: 'parameter check failed' },
      { code: 501002, action: 'RETRY', meaning: 'creating channel announcement failed' },
      { code: 501003, action: 'RETRY', meaning: 'deleting channel announcement failed' },
      { code: 501004, action: 'RETRY', meaning: 'reading guild data failed' },
      { code: 501005, action: 'PARAM', meaning: 'message id wrong' },
      { code: 501006, action: 'RETRY', meaning: 'creating guild announcement failed' },
      { code: 501007, action: 'RETRY', meaning: 'deleting guild announcement failed' },
      { code: 501008, action: 'GONE', meaning: 'message id does not exist' },
      { code: 501009, action: 'PARAM', meaning: 'message id cannot be parsed' },
      { code: 501010, action: 'PARAM', meaning: 'message is not of this channel' },
      { code: 501011, action: 'RETRY', meaning: 'creating pin failed' },
      { code: 501012, action: 'RETRY', meaning: 'deleting pin failed' },
      { code: 501013, action: 'LIMIT', meaning: 'too many pins (20)' },
      { code: 501014, action: 'SAFE', meaning: 'blocked by security check' },
      { code: 501015, action: 'PARAM', meaning: 'this message cannot be used' },
      { code: 501016, action: 'PARAM', meaning: 'too many recommended channels (3)' },
      { code: 501017, action: 'PERM', meaning: 'not owner or administrator' },
      { code: 501018, action: 'PARAM', meaning: 'recommended channel id invalid' },
      { code: 501019, action: 'PARAM', meaning: 'announces_type wrong' },
      { code: 501020, action: 'RETRY1', meaning: 'creating recommended channels failed' },
    ],
  },
  {
    topic: 'mute',
    codes: [
      { code: 502001, action: 'PARAM', meaning: 'guild id invalid' },
      { code: 502002, action: 'PARAM', meaning: 'guild id empty' },
      { code: 502003, action: 'PARAM', meaning: 'user id invalid' },
      { code: 502004, action: 'PARAM', meaning: 'user id empty' },
      { code: 502005, action: 'PARAM', meaning: 'timestamp not legal' },
      { code: 502006, action: 'PARAM', meaning: 'timestamp invalid' },
      { code: 502007, action: 'PARAM', meaning: 'parameter conversion failed' },
      { code: 502008, action: 'RETRY', meaning: 'RPC failed' },
      { code: 502009, action: 'SAFE', meaning: 'blocked by security check' },
      { code: 502010, action: 'PARAM', meaning: 'request header wrong' },
    ],
  },
  {
    topic: 'forum',
    codes: [
      { code: 503001, action: 'PARAM', meaning: 'guild id invalid' },
      { code: 503002, action: 'PARAM', meaning: 'guild id empty' },
      { code: 503003, action: 'RETRY1', meaning: 'reading channel data failed' },
      { code: 503004, action: 'LIMIT', meaning: 'posting too often' },
      { code: 503005, action: 'PARAM', meaning: 'title empty' },
      { code: 503006, action: 'PARAM', meaning: 'content empty' },
      { code: 503007, action: 'PARAM', meaning: 'thread id empty' },
      { code: 503008, action: 'RETRY1', meaning: 'X-Uin missing' },
      { code: 503009, action: 'PARAM', meaning: 'thread id invalid' },
      { code: 503010, action: 'RETRY1', meaning: 'Uin to TinyID failed' },
      { code: 503011, action: 'PARAM', meaning: 'timestamp in the thread id invalid' },
      { code: 503012, action: 'GONE', meaning: 'thread missing or deleted' },
      { code: 503013, action: 'RETRY', meaning: 'internal error' },
      { code: 503014, action: 'PARAM', meaning: 'JSON content cannot be parsed' },
      { code: 503015, action: 'PARAM', meaning: 'content conversion failed' },
      { code: 503016, action: 'PARAM', meaning: 'too many links' },
      { code: 503017, action: 'PARAM', meaning: 'too many characters' },
      { code: 503018, action: 'PARAM', meaning: 'too many images' },
      { code: 503019, action: 'PARAM', meaning: 'too many videos' },
      { code: 503020, action: 'PARAM', meaning: 'title too long' },
    ],
  },
  {
    topic: 'message settings',
    codes: [
      { code: 504001, action: 'PARAM', meaning: 'bad parameter' },
      { code: 504002, action: 'PARAM', meaning: 'reading HTTP header failed' },
      { code: 504003, action: 'RETRY1', meaning: 'reading the bot account failed' },
      { code: 504004, action: 'RETRY1', meaning: 'reading settings failed' },
    ],
  },
  {
    topic: 'API permission',
    codes: [
      { code: 610001, action: 'PARAM', meaning: 'reading guild id failed' },
      { code: 610002, action: 'PARAM', meaning: 'reading HTTP header failed' },
      { code: 610003, action: 'RETRY1', meaning: 'reading bot number failed' },
      { code: 610004, action: 'RETRY1', meaning: 'reading bot role failed' },
      { code: 610005, action: 'RETRY1', meaning: 'reading bot role, internal error' },
      { code: 610006, action: 'RETRY1', meaning: 'reading bot permission list failed' },
      { code: 610007, action: 'GONE', meaning: 'bot not in the guild' },
      { code: 610008, action: 'PARAM', meaning: 'bad parameter' },
      { code: 610009, action: 'PARAM', meaning: 'reading API details failed' },
      { code: 610010, action: 'STATE', meaning: 'already granted' },
      { code: 610011, action: 'RETRY1', meaning: 'reading bot data failed' },
      { code: 610012, action: 'RETRY1', meaning: 'rate limiter failed' },
      { code: 610013, action: 'LIMIT', meaning: 'rate limited (3 per day per guild)' },
      { code: 610014, action: 'RETRY1', meaning: 'sending the link failed' },
    ],
  },
  {
    topic: 'reaction',
    codes: [
      { code: 620001, action: 'PARAM', meaning: 'bad parameter' },
      { code: 620002, action: 'LIMIT', meaning: 'too many reaction kinds on the message' },
      { code: 620003, action: 'STATE', meaning: 'already set' },
      { code: 620004, action: 'STATE', meaning: 'was not set' },
      { code: 620005, action: 'PERM', meaning: 'no right' },
      { code: 620006, action: 'LIMIT', meaning: 'rate limited' },
      { code: 620007, action: 'RETRY', meaning: 'failed' },
    ],
  },
  {
    topic: 'interaction answer',
    codes: [
      { code: 630001, action: 'PARAM', name: 'param invalid', meaning: 'bad parameter' },
      {
        code: 630002,
        action: 'AUTH',
        name: 'get appid failed',
        meaning: 'appid not readable from Authorization',
      },
      {
        code: 630003,
        action: 'CRED',
        name: 'appid invalid',
        meaning: 'interaction belongs to another appid',
      },
      { code: 630004, action: 'RETRY', name: 'set interaction data failed', meaning: 'store failed' },
      {
        code: 630005,
        action: 'RETRY1',
        name: 'get interaction data failed',
        meaning: 'read failed, or interaction expired',
      },
      {
        code: 630006,
        action: 'PARAM',
        name: 'get header appid failed',
        meaning: 'X-Callback-AppID not readable',
      },
      { code: 630007, action: 'PARAM', name: 'data too large', meaning: 'body too large' },
      {
        code: 630008,
        action: 'PARAM',
        name: 'interaction preprocess failed',
        meaning: 'preprocessing failed',
      },
    ],
  },
  {
    topic: 'rich media upload',
    codes: [
      { code: 850018, action: 'PERM', meaning: 'group muted or bot muted' },
      { code: 850019, action: 'PARAM', meaning: 'format not supported for this file_type' },
      { code: 850026, action: 'RETRY1', meaning: 'platform could not download the URL', note: 'check URL' },
      { code: 850027, action: 'RETRY', meaning: 'sending data timed out' },
      { code: 850031, action: 'PARAM', meaning: 'file too large' },
    ],
  },
  {
    topic: 'message security and sending',
    codes: [
      { code: 1100100, action: 'LIMIT', meaning: 'security: rate limited' },
      { code: 1100101, action: 'SAFE', meaning: 'security: sensitive content' },
      { code: 1100102, action: 'PERM', meaning: 'security: feature not available to this bot' },
      { code: 1100103, action: 'SAFE', meaning: 'security: blocked' },
      { code: 1100104, action: 'GONE', meaning: 'security: group no longer exists' },
      { code: 1100300, action: 'RETRY', meaning: 'internal error' },
      { code: 1100301, action: 'PERM', meaning: 'caller is not a member' },
      { code: 1100302, action: 'RETRY1', meaning: 'reading the guild name failed' },
      { code: 1100303, action: 'PERM', meaning: 'home channel: administrators only' },
      { code: 1100304, action: 'LIMIT', meaning: '@ quota check failed' },
      { code: 1100305, action: 'RETRY1', meaning: 'TinyId to Uin failed' },
      { code: 1100306, action: 'PERM', meaning: 'not a member of the private channel' },
      { code: 1100307, action: 'PERM', meaning: 'application channel not white-listed' },
      { code: 1100308, action: 'LIMIT', meaning: 'guild rate limit' },
      { code: 1100499, action: 'RETRY1', meaning: 'other error' },
    ],
  },
  {
    topic: 'editing messages',
    codes: [{ code: 3300006, action: 'SAFE', meaning: 'blocked by security check' }],
  },
  {
    topic: 'group access',
    codes: [
      {
        code: 40011026,
        action: 'GONE',
        meaning: 'bot is not in the group (old code 11293)',
        reportedOnly: true,
      },
      {
        code: 40011028,
        action: 'PARAM',
        meaning: 'openid invalid or not of this bot (old code 11255)',
        reportedOnly: true,
      },
      { code: 40012010, action: 'PERM', meaning: 'app has no right to this group API', reportedOnly: true },
    ],
  },
  {
    topic: 'panels and menu',
    codes: [
      { code: 40030001, action: 'PARAM', meaning: 'bad parameter' },
      { code: 40030006, action: 'GONE', meaning: 'panel does not exist' },
      { code: 40030008, action: 'PARAM', meaning: 'bad URL, https needed' },
      { code: 40030009, action: 'RETRY', meaning: 'another operation on the panel is running' },
      { code: 40030011, action: 'PARAM', meaning: 'scope invalid' },
      { code: 40030012, action: 'PARAM', meaning: 'target_type invalid' },
      { code: 40030013, action: 'PARAM', meaning: 'over a count limit (limit in the answer)' },
      { code: 40030014, action: 'PARAM', meaning: 'menu type invalid' },
      { code: 40030015, action: 'PARAM', meaning: 'panel item type invalid' },
      { code: 40030016, action: 'PARAM', meaning: 'required field missing' },
      { code: 40030017, action: 'PARAM', meaning: 'op invalid' },
      { code: 40030018, action: 'PARAM', meaning: 'not possible in this scope' },
      { code: 40030020, action: 'SAFE', meaning: 'content risk' },
      { code: 40030021, action: 'PARAM', meaning: 'global panel has no targets' },
    ],
  },
  {
    topic: 'messages v2, request side',
    codes: [
      {
        code: 40034001,
        action: 'RETRY1',
        meaning: 'fetching the media failed (with old code 850026)',
        reportedOnly: true,
      },
      { code: 40034003, action: 'SAFE', meaning: 'blocked by security', reportedOnly: true },
      { code: 40034004, action: 'RETRY', meaning: 'copying the media failed' },
      { code: 40034005, action: 'GONE', meaning: 'answered msg_id too old' },
      { code: 40034006, action: 'SAFE', meaning: 'content violates rules' },
      { code: 40034008, action: 'PARAM', meaning: 'markdown parameter empty' },
      { code: 40034009, action: 'PARAM', meaning: 'line break in a markdown parameter' },
      { code: 40034010, action: 'PARAM', meaning: 'markdown syntax in a template parameter' },
      { code: 40034011, action: 'PARAM', meaning: 'invalid markdown' },
      { code: 40034016, action: 'PARAM', meaning: 'stream: msg_type changed' },
      { code: 40034017, action: 'PARAM', meaning: 'stream: slice must end with a line break' },
      { code: 40034018, action: 'GONE', meaning: 'stream already ended' },
      { code: 40034019, action: 'GONE', meaning: 'stream guide already ended' },
      { code: 40034020, action: 'GONE', meaning: 'stream timed out between slices' },
      { code: 40034021, action: 'RETRY', meaning: 'another stream is running', note: 'after it ends' },
      { code: 40034022, action: 'GONE', meaning: 'a newer stream was opened, this one ended' },
      { code: 40034024, action: 'PARAM', meaning: 'msg_id invalid or of another bot' },
      { code: 40034025, action: 'PARAM', meaning: 'event_id invalid' },
      { code: 40034026, action: 'GONE', meaning: 'event_id too old' },
      { code: 40034027, action: 'PARAM', meaning: 'event does not allow answers' },
      { code: 40034028, action: 'SAFE', meaning: 'link not allowed', reportedOnly: true },
      { code: 40034029, action: 'PARAM', meaning: 'too many keyboard rows or columns' },
      { code: 40034031, action: 'GONE', meaning: 'message too old for an answer', reportedOnly: true },
      { code: 40034090, action: 'PERM', meaning: 'no right to markdown or rendering failed' },
      { code: 40034100, action: 'LIMIT', meaning: 'proactive rate limit' },
      { code: 40034101, action: 'GONE', meaning: 'bot not in the group' },
      { code: 40034105, action: 'PERM', meaning: 'proactive message not permitted' },
      { code: 40034106, action: 'PARAM', meaning: 'message does not support this command type' },
      { code: 40034108, action: 'PARAM', meaning: 'command parameter too long' },
      { code: 40034109, action: 'PARAM', meaning: 'command parameter cannot be parsed' },
      { code: 40034122, action: 'LIMIT', meaning: 'wake-up quota of the period used' },
      { code: 40034123, action: 'PERM', meaning: 'wake-up not possible' },
      { code: 40034124, action: 'PARAM', meaning: 'bad markdown parameter' },
      { code: 40034127, action: 'PERM', meaning: 'no right to the markdown template' },
      {
        code: 40034128,
        action: 'GONE',
        meaning: 'passive window or reply count used',
        note: 'may fall back to proactive',
      },
      { code: 40034141, action: 'PARAM', meaning: 'markdown image could not be copied', reportedOnly: true },
    ],
  },
  {
    topic: 'messages v2, delivery and retract side',
    codes: [
      { code: 40054002, action: 'PERM', meaning: 'bot muted in the group' },
      { code: 40054003, action: 'GONE', meaning: 'bot not a group member' },
      { code: 40054004, action: 'PERM', meaning: 'no friend relation' },
      {
        code: 40054005,
        action: 'STATE',
        meaning: 'duplicate (msg_id + msg_seq)',
        note: 'already sent; new msg_seq for a new text',
      },
      { code: 40054006, action: 'RETRY', meaning: 'friend check failed' },
      { code: 40054007, action: 'PARAM', meaning: 'message too long' },
      { code: 40054010, action: 'PARAM', meaning: 'URL not allowed' },
      { code: 40054013, action: 'PERM', meaning: 'user refuses messages' },
      { code: 40054014, action: 'PARAM', meaning: 'stream slice too long' },
      { code: 40054015, action: 'PARAM', meaning: 'too many stream slices' },
      { code: 40054016, action: 'CRED', meaning: 'bot offline or taken down' },
      { code: 40054018, action: 'PARAM', meaning: 'message too long or abnormal' },
      { code: 40061001, action: 'PARAM', meaning: 'retract: bad parameter' },
      {
        code: 40062003,
        action: 'PERM',
        meaning: 'retract: no right (bot must be group admin and the sender an ordinary member)',
      },
      { code: 40064004, action: 'GONE', meaning: 'too old to retract (2 minutes)' },
    ],
  },
  {
    topic: 'chunked upload',
    codes: [
      {
        code: 40093001,
        action: 'RETRY',
        meaning: 'upload channel error, try again',
        note: 'every retry_delay until retry_timeout',
      },
      {
        code: 40093002,
        action: 'LIMIT',
        meaning: 'daily upload volume used',
        note: 'next day; smaller files directly',
      },
      { code: 40093010, action: 'PARAM', meaning: 'wrong upload URL', reportedOnly: true },
    ],
  },
  {
    topic: 'messages v2, server side',
    codes: [
      { code: 50055001, action: 'RETRY', meaning: 'sending failed (group)' },
      { code: 50055002, action: 'RETRY', meaning: 'sending failed (C2C)' },
      { code: 50055006, action: 'RETRY', meaning: 'sending ark failed' },
      { code: 50065001, action: 'RETRY', meaning: 'retracting failed' },
    ],
  },
];
