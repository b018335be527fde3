/* Signatures and document time-stamps of a PDF, found by their ByteRange. */
async function verifyPdf(bytes) {
  const text = Bytes.latin1(bytes);
  const found = [];
  for (const match of text.matchAll(/\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/g)) {
    const [from, length, next, rest] = match.slice(1).map(Number);
    const gap = text.slice(from + length, next);
    if (from !== 0 || !/^<[0-9A-Fa-f]*>$/.test(gap) || next + rest > bytes.length) {
      throw new Error('what a signature covers is not the file around it');
    }
    const contents = Uint8Array.from(gap.slice(1, -1).match(/../g) ?? [], (pair) => parseInt(pair, 16));
    const token = der(contents).der;
    const data = Bytes.concat([bytes.subarray(0, length), bytes.subarray(next, next + rest)]);
    const isStamp = /ETSI\.RFC3161/.test(nearby(text, match.index));
    const verified = isStamp
      ? await verifyToken(token, data)
      : await verifyCms(token, (hash) => digest(hash, data));
    const stamp = !isStamp && verified.token ? await verifyToken(verified.token, verified.value) : undefined;
    found.push({ ...verified, isStamp, stamp, end: next + rest });
  }
  if (found.length === 0) throw new Error('it carries no signature');
  found.sort((a, b) => a.end - b.end);
  return { found, coversAll: found.at(-1).end === bytes.length };
}

/* The signature dictionary around its ByteRange. */
function nearby(text, at) {
  const start = text.lastIndexOf(' obj', at);
  const end = text.indexOf('endobj', at);
  return text.slice(start, end).replace(/<[0-9A-Fa-f]{64,}>/, '');
}
