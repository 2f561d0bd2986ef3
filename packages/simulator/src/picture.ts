/** Width and height of a PNG or GIF by its head; undefined for anything else. */
export function pictureSize(
  bytes: Uint8Array | undefined,
): { readonly width: number; readonly height: number } | undefined {
  if (bytes === undefined || bytes.length < 24) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) === PNG_MARK && view.getUint32(12) === PNG_HEADER_CHUNK)
    return { width: view.getUint32(16), height: view.getUint32(20) };
  if (view.getUint32(0) === GIF_MARK)
    return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  return undefined;
}

const PNG_MARK = 0x89504e47;
/** `IHDR`. */
const PNG_HEADER_CHUNK = 0x49484452;
/** `GIF8`. */
const GIF_MARK = 0x47494638;
