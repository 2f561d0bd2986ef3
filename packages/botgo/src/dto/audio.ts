import type { OpenNumber } from './open-enum.js';

/** What an audio bot does to its playback. */
export const AudioStatus = {
  Start: 0,
  Pause: 1,
  Resume: 2,
  Stop: 3,
} as const;

export type AudioStatus = OpenNumber<typeof AudioStatus>;

/** Body of `POST /channels/{channel_id}/audio`. */
export interface AudioControl {
  /** With status 0. */
  audio_url?: string;
  /** What is played, e.g. `artist - song`; with status 0. */
  text?: string;
  status: AudioStatus;
}

/** `d` of AUDIO_START, AUDIO_FINISH, AUDIO_ON_MIC and AUDIO_OFF_MIC. */
export interface AudioAction {
  guild_id: string;
  channel_id: string;
  /** At the start only. */
  audio_url?: string;
  /** At the start only. */
  text?: string;
}

/** `channel_type` of {@link AudioOrLiveChannelMember}: not the numbers of `ChannelType` for live channels. */
export const AudioOrLiveChannelType = {
  Voice: 2,
  Live: 5,
} as const;

export type AudioOrLiveChannelType = OpenNumber<typeof AudioOrLiveChannelType>;

/** `d` of AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER and _EXIT. */
export interface AudioOrLiveChannelMember {
  guild_id: string;
  channel_id: string;
  channel_type: AudioOrLiveChannelType;
  user_id: string;
}
