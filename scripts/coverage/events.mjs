// Are the events of the facts in botgo/dto: their name, their intent and the type of their data?

/** Type of `d` for a payload of the facts. */
const payloadTypes = {
  Ready: 'WSReadyData',
  '"" (empty string)': 'string',
  'Guild+op': 'WSGuildData',
  'Channel+op': 'WSChannelData',
  'GuildMember+op': 'WSGuildMemberData',
  GuildMessage: 'Message',
  MessageDelete: 'MessageDelete',
  Reaction: 'MessageReaction',
  ForumSource: 'OpenForumEvent',
  Thread: 'Thread',
  Post: 'Post',
  Reply: 'Reply',
  ForumAudit: 'ForumAuditResult',
  AvMember: 'AudioOrLiveChannelMember',
  AudioAction: 'AudioAction',
  EnterAIO: 'EnterAIO',
  GroupMember: 'GroupMemberEvent',
  GroupJoinRequest: 'GroupJoinRequest',
  C2CMessage: 'C2CMessage',
  GroupMessage: 'GroupMessage',
  UserOp: 'C2CSwitchData',
  'UserOp (+scene)': 'C2CFriendData',
  GroupOp: 'GroupRobotData',
  SubscribeStatus: 'SubscribeMessageStatusData',
  Interaction: 'Interaction',
  MessageAudited: 'MessageAudited',
};

/**
 * @param dto - The built module `botgo/dto`.
 * @returns Problems by the row's `t`, and event types that the facts lack.
 */
export function checkEvents(tables, dto, declarations, file) {
  const payloads = declarations.membersOf(file, 'EventPayloads') ?? new Map();
  const known = new Set(dto.eventTypes ?? []);
  const problems = new Map();
  for (const row of tables.events) {
    const problem = problemOf(row, dto, known, payloads);
    if (problem !== undefined) problems.set(row.t, problem);
  }
  const rows = new Set(tables.events.map((row) => row.t));
  const unknown = [...new Set([...known, ...payloads.keys()])].filter((t) => !rows.has(t));
  return { problems, unknown };
}

function problemOf(row, dto, known, payloads) {
  if (!known.has(row.t)) return 'not an event type';
  const mask = row.intentBit === null ? 0 : 2 ** row.intentBit;
  if (dto.eventIntents[row.t] !== mask) return `intent is not bit ${row.intentBit}`;
  const payload = payloads.get(row.t);
  const wanted = payloadTypes[row.payload];
  if (payload === undefined) return 'no type of its data';
  if (wanted === undefined) return `no type is named for the payload ${row.payload}`;
  const isFriend = row.payload === 'UserOp' && payload.type.name === 'C2CFriendData';
  return payload.type.name === wanted || isFriend ? undefined : `data is not of the type ${wanted}`;
}
