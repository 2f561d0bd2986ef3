import type { AudioControl } from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readNothing } from './readers.js';

const POST_AUDIO = endpoint('POST /channels/{channel_id}/audio', readNothing);
const PUT_MIC = endpoint('PUT /channels/{channel_id}/mic', readNothing);
const DELETE_MIC = endpoint('DELETE /channels/{channel_id}/mic', readNothing);

/** Playing in voice channels [音频、上麦]: audio bots only. */
export interface AudioAPI {
  /** Starts (0), pauses (1), resumes (2) or stops (3) a sound; AUDIO_START and AUDIO_FINISH follow. Source: bot-docs. */
  postAudio(channelId: string, control: AudioControl, options?: CallOptions): Promise<void>;
  /** Takes the microphone; AUDIO_ON_MIC follows. */
  putMic(channelId: string, options?: CallOptions): Promise<void>;
  /** Gives the microphone back; AUDIO_OFF_MIC follows. */
  deleteMic(channelId: string, options?: CallOptions): Promise<void>;
}

/** @internal */
export function audioAPI(call: Call): AudioAPI {
  return {
    postAudio: (channelId, control, options) =>
      call(POST_AUDIO, { ids: [channelId], body: control }, options),
    putMic: (channelId, options) => call(PUT_MIC, { ids: [channelId], body: {} }, options),
    deleteMic: (channelId, options) => call(DELETE_MIC, { ids: [channelId], body: {} }, options),
  };
}
