import { isObject, type JsonObject } from '../json.js';
import { DAY_MS } from '../rules/quotas.js';
import { badRequest } from '../rules/refusal.js';
import type { Channel, Schedule } from '../world/model.js';
import { botUserWire } from '../world/payloads.js';
import { type Call, NO_CONTENT, ok, optionalText, optionalWhole, type Reply, type Route } from './call.js';
import { channelOf, guildOf, needAdmin } from './places.js';

const SCHEDULE_APPLICATION = '1000050';
const MAX_DAYS = 7;
const BEIJING_MS = 8 * 3_600_000;

export const scheduleRoutes: readonly Route[] = [
  { method: 'GET', path: '/channels/:channel_id/schedules', handler: list },
  {
    method: 'GET',
    path: '/channels/:channel_id/schedules/:schedule_id',
    handler: (call) => ok(wire(call, one(call))),
  },
  { method: 'POST', path: '/channels/:channel_id/schedules', handler: create },
  { method: 'PATCH', path: '/channels/:channel_id/schedules/:schedule_id', handler: change },
  { method: 'DELETE', path: '/channels/:channel_id/schedules/:schedule_id', handler: remove },
];

function wire(call: Call, schedule: Schedule): Record<string, unknown> {
  const bot = [...call.platform.world.bots.values()].find(({ id }) => id === schedule.creatorId);
  return {
    id: schedule.id,
    name: schedule.name,
    description: schedule.description,
    start_timestamp: String(schedule.startMs),
    end_timestamp: String(schedule.endMs),
    ...(bot === undefined ? {} : { creator: { user: botUserWire(bot), nick: bot.username, joined_at: '' } }),
    jump_channel_id: schedule.jumpChannelId,
    remind_type: schedule.remindType,
  };
}

/** With `since` (query or body): what ends after it. Without: what touches today, Beijing time. */
function list(call: Call): Reply {
  const channel = channelOf(call);
  const since = optionalWhole(call.query('since') ?? call.body.since, 'since', 302000);
  const nowMs = call.platform.clock.wall();
  const dayStartMs = Math.floor((nowMs + BEIJING_MS) / DAY_MS) * DAY_MS - BEIJING_MS;
  const fits = ({ startMs, endMs }: Schedule): boolean =>
    since === undefined ? endMs >= dayStartMs && startMs < dayStartMs + DAY_MS : endMs > since;
  return ok([...channel.schedules.values()].filter(fits).map((schedule) => wire(call, schedule)));
}

function one(call: Call): Schedule {
  const schedule = channelOf(call).schedules.get(call.param('schedule_id'));
  if (schedule === undefined) throw badRequest(302011, 'the schedule does not exist or was deleted');
  return schedule;
}

function create(call: Call): Reply {
  const { platform, bot } = call;
  const channel = channelOf(call);
  needAdmin(call);
  const schedule = read(call, channel, undefined);
  const full = platform.quotas.take(
    [
      {
        key: `schedules of ${bot.appId} in ${channel.guildId}`,
        max: 10,
        perMs: DAY_MS,
        refusal: () => badRequest(302012, '10 schedules a day for an administrator'),
      },
      {
        key: `schedules in ${channel.guildId}`,
        max: 100,
        perMs: DAY_MS,
        refusal: () => badRequest(302021, '100 schedules a day for a guild'),
      },
    ],
    platform.clock.now(),
  );
  if (full !== undefined) throw full;
  channel.schedules.set(schedule.id, schedule);
  return ok(wire(call, schedule));
}

function change(call: Call): Reply {
  const channel = channelOf(call);
  needAdmin(call);
  const schedule = read(call, channel, one(call));
  channel.schedules.set(schedule.id, schedule);
  return ok(wire(call, schedule));
}

function remove(call: Call): Reply {
  const channel = channelOf(call);
  needAdmin(call);
  channel.schedules.delete(one(call).id);
  return NO_CONTENT;
}

function read(call: Call, channel: Channel, old: Schedule | undefined): Schedule {
  const { platform, bot } = call;
  const given = call.body.schedule;
  if (!isObject(given)) throw badRequest(302017, 'the schedule object is missing');
  const name = optionalText(given, 'name', 302000) ?? old?.name ?? '';
  if (name === '') throw badRequest(302000, 'name is needed');
  const startMs = time(given, 'start_timestamp') ?? old?.startMs;
  const endMs = time(given, 'end_timestamp') ?? old?.endMs;
  if (startMs === undefined || endMs === undefined) throw badRequest(302000, 'start and end are needed');
  const isMoved = startMs !== old?.startMs;
  if (isMoved && startMs < platform.clock.wall()) throw badRequest(302015, 'the start lies in the past');
  if (endMs < startMs) throw badRequest(302016, 'the end lies before the start');
  if (endMs - startMs > MAX_DAYS * DAY_MS) throw badRequest(302014, 'longer than 7 days');
  const remindType = String(given.remind_type ?? old?.remindType ?? '0');
  if (!/^[0-5]$/.test(remindType)) throw badRequest(302000, 'remind_type must be "0" to "5"');
  return {
    id: old?.id ?? platform.ids.number(),
    name,
    description: optionalText(given, 'description', 302000) ?? old?.description ?? '',
    startMs,
    endMs,
    creatorId: old?.creatorId ?? bot.id,
    jumpChannelId: jumpChannel(call, channel, given) ?? old?.jumpChannelId ?? '0',
    remindType,
  };
}

function time(given: JsonObject, key: string): number | undefined {
  return optionalWhole(given[key], key, 302018);
}

function jumpChannel(call: Call, channel: Channel, given: JsonObject): string | undefined {
  const id = optionalText(given, 'jump_channel_id', 302018);
  if (id === undefined || id === '' || id === '0') return id === undefined ? undefined : '0';
  const target = call.platform.world.channels.get(id);
  if (target === undefined) throw badRequest(302024, 'the jump channel does not exist');
  if (target.guildId !== guildOf(call, channel.guildId).id) {
    throw badRequest(302022, 'the jump channel is in another guild');
  }
  if (target.applicationId === SCHEDULE_APPLICATION) {
    throw badRequest(302023, 'the jump channel must not be a schedule channel');
  }
  return id;
}
