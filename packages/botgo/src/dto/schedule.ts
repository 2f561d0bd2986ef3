import type { Member } from './member.js';
import type { OpenString } from './open-enum.js';

/** When members are reminded of a schedule. */
export const RemindType = {
  None: '0',
  AtStart: '1',
  FiveMinutes: '2',
  FifteenMinutes: '3',
  ThirtyMinutes: '4',
  OneHour: '5',
} as const;

export type RemindType = OpenString<typeof RemindType>;

/** Fields of a schedule that a bot may write. */
export interface ScheduleToCreate {
  name: string;
  description?: string;
  /** Unix milliseconds as a string. */
  start_timestamp: string;
  /** Unix milliseconds as a string; at most 7 days after the start. */
  end_timestamp: string;
  creator?: Member;
  /** Channel to jump to; `"0"` for none. */
  jump_channel_id?: string;
  remind_type?: RemindType;
}

/** A schedule [日程]. */
export interface Schedule extends ScheduleToCreate {
  id: string;
}

/** Body of creating or changing a schedule. */
export interface ScheduleWrapper {
  schedule: ScheduleToCreate;
}
