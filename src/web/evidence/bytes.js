/* Bytes, digests and the ZIP container. */
const Bytes = {
  hex: (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''),
  text: (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
  of: (text) => new TextEncoder().encode(text),
  latin1: (bytes) => new TextDecoder('latin1').decode(bytes),
  fromBase64(text) {
    const binary = atob(text.replace(/\s+/g, ''));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  },
  equal: (a, b) => a.length === b.length && a.every((byte, index) => byte === b[index]),
  concat(parts) {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  },
};

const digest = async (hash, bytes) => new Uint8Array(await crypto.subtle.digest(hash, bytes));

/* Files of a ZIP by name, in the order of its directory. Packed again by another tool, it is read as well. */
async function readZip(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0) throw new Error('not a ZIP file');
  const files = new Map();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Error('its directory is damaged');
    const method = view.getUint16(at + 10, true);
    const packed = view.getUint32(at + 20, true);
    const nameLength = view.getUint16(at + 28, true);
    const name = Bytes.text(bytes.subarray(at + 46, at + 46 + nameLength));
    const local = view.getUint32(at + 42, true);
    if (view.getUint32(local, true) !== 0x04034b50) throw new Error('its directory is damaged');
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const stored = bytes.subarray(start, start + packed);
    if (files.has(name)) throw new Error(`it has two files named ${name}`);
    if (!name.endsWith('/')) files.set(name, method === 0 ? stored : await inflate(stored, method));
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return files;
}

async function inflate(bytes, method) {
  if (method !== 8) throw new Error('a file is packed in an unknown way');
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
