import type { Ids } from './ids.js';
import type { JsonObject } from './json.js';
import { pictureSize } from './picture.js';

/** A stored file. */
export interface StoredMedia {
  readonly uuid: string;
  /** What a message names it by. */
  readonly fileInfo: string;
  /** A file of one scene cannot be sent in the other; 'guild' for channel and DM images. */
  readonly scene: 'c2c' | 'group' | 'guild';
  readonly fileType: number;
  readonly name: string;
  readonly contentType: string;
  readonly size: number;
  /** Where it can be read: the simulator's own address, or the address that the bot gave. */
  readonly url: string;
  /** Absent for a file that the bot named by URL: the simulator does not fetch it. */
  readonly bytes: Uint8Array | undefined;
  readonly expiresAtMs: number;
}

/** How long a file can be sent, seconds. Not documented; the answers say it, so that it may change. */
export const MEDIA_TTL_SECONDS = 86_400;

const DEFAULT_TYPES = ['', 'image/png', 'video/mp4', 'voice', 'file'] as const;

export interface NewMedia {
  readonly scene: StoredMedia['scene'];
  readonly fileType: number;
  readonly name: string;
  readonly bytes?: Uint8Array;
  readonly url?: string;
  readonly contentType?: string;
  readonly origin: string;
  readonly nowMs: number;
}

/** Files that bots uploaded, with their handles. */
export class MediaStore {
  readonly #byInfo = new Map<string, StoredMedia>();
  readonly #byUuid = new Map<string, StoredMedia>();

  constructor(private readonly ids: Ids) {}

  keep(media: NewMedia): StoredMedia {
    const uuid = this.ids.uuid();
    const stored: StoredMedia = {
      uuid,
      // botgo reads the handle as base64 bytes, so it has to be base64.
      fileInfo: Buffer.from(`${media.scene}:${uuid}`).toString('base64'),
      scene: media.scene,
      fileType: media.fileType,
      name: media.name,
      contentType: media.contentType ?? DEFAULT_TYPES[media.fileType] ?? 'file',
      size: media.bytes?.length ?? 0,
      url: media.url ?? `${media.origin}/_media/${uuid}`,
      bytes: media.bytes,
      expiresAtMs: media.nowMs + MEDIA_TTL_SECONDS * 1000,
    };
    this.#byInfo.set(stored.fileInfo, stored);
    this.#byUuid.set(uuid, stored);
    return stored;
  }

  /** The file behind a handle, while it can be sent in `scene`. */
  find(fileInfo: string, scene: 'c2c' | 'group', nowMs: number): StoredMedia | undefined {
    const media = this.#byInfo.get(fileInfo);
    return media !== undefined && media.scene === scene && media.expiresAtMs > nowMs ? media : undefined;
  }

  byUuid(uuid: string): StoredMedia | undefined {
    return this.#byUuid.get(uuid);
  }

  attachment(media: StoredMedia): JsonObject {
    return {
      id: media.uuid,
      url: media.url,
      content_type: media.contentType,
      filename: media.name,
      size: media.size,
      ...pictureSize(media.bytes),
    };
  }
}
