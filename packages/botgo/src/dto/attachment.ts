/** A file of a message. */
export interface MessageAttachment {
  /** May lack the scheme: put `https://` before it. */
  url: string;
  /** `voice`, `file`, `image/…`, `video/…`. */
  content_type?: string;
  filename?: string;
  /** Pixels. */
  height?: number;
  /** Pixels. */
  width?: number;
  /** Bytes. */
  size?: number;
  id?: string;
  /** WAV version of a voice message. */
  voice_wav_url?: string;
  /** Speech recognition of a voice message. */
  asr_refer_text?: string;
}

/** An attachment's URL with a scheme: the platform often leaves it out. */
export function attachmentUrl(attachment: Pick<MessageAttachment, 'url'>): string {
  const { url } = attachment;
  if (/^[a-z][a-z\d+.-]*:/i.test(url)) return url;
  return `https://${url.replace(/^\/\//, '')}`;
}
