import type { Schedule, ScheduleToCreate } from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { isObject, readArray, readNothing, readObject, type WRONG_SHAPE } from './readers.js';

const LIST = endpoint('GET /channels/{channel_id}/schedules', readList);
const GET = endpoint('GET /channels/{channel_id}/schedules/{schedule_id}', readObject<Schedule>);
const CREATE = endpoint('POST /channels/{channel_id}/schedules', readObject<Schedule>);
const MODIFY = endpoint('PATCH /channels/{channel_id}/schedules/{schedule_id}', readObject<Schedule>);
const DELETE = endpoint('DELETE /channels/{channel_id}/schedules/{schedule_id}', readNothing);

/** Schedules [日程] of a channel. Changing them needs a bot that manages the guild. Errors 302000 to 302024. */
export interface ScheduleAPI {
  /**
   * Schedules that end after `since` (Unix milliseconds); without it those of today. `since` travels in the query, as BotGo has it; the
   * documents put it into a GET's body. Source: bot-docs.
   */
  listSchedules(channelId: string, since?: number | string, options?: CallOptions): Promise<Schedule[]>;
  getSchedule(channelId: string, scheduleId: string, options?: CallOptions): Promise<Schedule>;
  /** Makes a schedule of at most 7 days; 10 a day per administrator, 100 a day per guild. Source: bot-docs. */
  createSchedule(channelId: string, schedule: ScheduleToCreate, options?: CallOptions): Promise<Schedule>;
  modifySchedule(
    channelId: string,
    scheduleId: string,
    schedule: ScheduleToCreate,
    options?: CallOptions,
  ): Promise<Schedule>;
  deleteSchedule(channelId: string, scheduleId: string, options?: CallOptions): Promise<void>;
}

/** @internal */
export function scheduleAPI(call: Call): ScheduleAPI {
  return {
    listSchedules: (channelId, since, options) =>
      call(LIST, { ids: [channelId], query: since === undefined ? {} : { since: String(since) } }, options),
    getSchedule: (channelId, scheduleId, options) => call(GET, { ids: [channelId, scheduleId] }, options),
    createSchedule: (channelId, schedule, options) =>
      call(CREATE, { ids: [channelId], body: { schedule } }, options),
    modifySchedule: (channelId, scheduleId, schedule, options) =>
      call(MODIFY, { ids: [channelId, scheduleId], body: { schedule } }, options),
    deleteSchedule: (channelId, scheduleId, options) =>
      call(DELETE, { ids: [channelId, scheduleId] }, options),
  };
}

/** A day without schedules has been seen as `{}` and as an empty body, too. */
function readList(body: unknown): Schedule[] | typeof WRONG_SHAPE {
  if (body === undefined || body === null || (isObject(body) && Object.keys(body).length === 0)) return [];
  return readArray<Schedule>(body);
}
