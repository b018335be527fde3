/* DER, certificates, CMS signatures and time-stamp tokens. */
function der(bytes) {
  const read = (at, limit) => {
    const tag = bytes[at];
    let length = bytes[at + 1];
    let start = at + 2;
    if (length > 0x80) {
      const count = length & 0x7f;
      if (count > 4) throw new Error('DER is too long');
      length = 0;
      for (let index = 0; index < count; index += 1) length = length * 256 + bytes[start + index];
      start += count;
    } else if (length === 0x80) throw new Error('BER is not read');
    const end = start + length;
    if (!(end <= limit)) throw new Error('DER is cut off');
    const node = { tag, der: bytes.subarray(at, end), content: bytes.subarray(start, end), end };
    Object.defineProperty(node, 'children', {
      get() {
        const list = [];
        for (let next = start; next < end;) {
          const child = read(next, end);
          list.push(child);
          next = child.end;
        }
        return list;
      },
    });
    return node;
  };
  return read(0, bytes.length);
}

function oid({ content }) {
  const parts = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      parts.push(value);
      value = 0;
    }
  }
  const [first] = parts.splice(0, 1);
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - root * 40, ...parts].join('.');
}

function time({ tag, content }) {
  let text = Bytes.latin1(content);
  if (tag === 0x17) text = (Number(text.slice(0, 2)) < 50 ? '20' : '19') + text;
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(text) ?? [];
  return new Date(Date.UTC(y, mo - 1, d, h, mi, s));
}

const HASHES = {
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
};
const RSA = {
  '1.2.840.113549.1.1.11': 'SHA-256',
  '1.2.840.113549.1.1.12': 'SHA-384',
  '1.2.840.113549.1.1.13': 'SHA-512',
};
const ECDSA = {
  '1.2.840.10045.4.3.2': 'SHA-256',
  '1.2.840.10045.4.3.3': 'SHA-384',
  '1.2.840.10045.4.3.4': 'SHA-512',
};
const CURVES = {
  '1.2.840.10045.3.1.7': ['P-256', 32],
  '1.3.132.0.34': ['P-384', 48],
  '1.3.132.0.35': ['P-521', 66],
};

/* How WebCrypto is asked: an AlgorithmIdentifier of X.509 or CMS, with the digest where that stands apart. */
function schemeOf(algorithm, hash) {
  const [id, parameters] = algorithm.children;
  const name = oid(id);
  if (RSA[name]) return { name: 'RSASSA-PKCS1-v1_5', hash: RSA[name] };
  if (name === '1.2.840.113549.1.1.1') return { name: 'RSASSA-PKCS1-v1_5', hash };
  if (ECDSA[name]) return { name: 'ECDSA', hash: ECDSA[name] };
  if (name !== '1.2.840.113549.1.1.10') throw new Error(`the signature algorithm ${name} is not known here`);
  const field = (tag) => parameters.children.find((child) => child.tag === tag)?.children[0];
  const pssHash = HASHES[field(0xa0) ? oid(field(0xa0).children[0]) : ''];
  const salt = field(0xa2);
  return { name: 'RSA-PSS', hash: pssHash, saltLength: salt ? salt.content[0] : 20 };
}

async function verifyValue({ name, hash, saltLength }, spki, signature, data, isDerEcdsa = true) {
  if (!hash) throw new Error('its digest algorithm is not accepted');
  if (name === 'ECDSA') {
    const parameters = der(spki).children[0].children[1];
    const [namedCurve, size] = CURVES[oid(parameters)] ?? [];
    if (!namedCurve) throw new Error('its curve is not known here');
    const key = await crypto.subtle.importKey('spki', spki, { name, namedCurve }, false, ['verify']);
    const value = isDerEcdsa ? fixedEcdsa(signature, size) : signature;
    return crypto.subtle.verify({ name, hash }, key, value, data);
  }
  const key = await crypto.subtle.importKey('spki', spki, { name, hash }, false, ['verify']);
  return crypto.subtle.verify(name === 'RSA-PSS' ? { name, saltLength } : name, key, signature, data);
}

function fixedEcdsa(signature, size) {
  const value = new Uint8Array(size * 2);
  der(signature).children.forEach(({ content }, index) => {
    const number = content[0] === 0 ? content.subarray(1) : content;
    value.set(number, (index + 1) * size - number.length);
  });
  return value;
}

function readCertificate(bytes) {
  const [tbs, algorithm, signature] = der(bytes).children;
  const fields = tbs.children[0].tag === 0xa0 ? tbs.children.slice(1) : tbs.children;
  const [serial, , issuer, validity, subject, spki] = fields;
  const [from, until] = validity.children.map(time);
  const extensions = fields.find(({ tag }) => tag === 0xa3)?.children[0].children ?? [];
  const constraints = extensions.find((one) => oid(one.children[0]) === '2.5.29.19');
  const isCa = constraints
    ? der(constraints.children.at(-1).content).children[0]?.content[0] === 0xff
    : false;
  const names = subject.children.flatMap((set) => set.children);
  const common = names.find((one) => oid(one.children[0]) === '2.5.4.3');
  return {
    bytes: bytes.subarray(0, der(bytes).der.length),
    tbs: tbs.der,
    algorithm,
    signature: signature.content.subarray(1),
    serial: serial.content,
    issuer: issuer.der,
    subject: subject.der,
    spki: spki.der,
    from,
    until,
    isCa,
    name: common ? new TextDecoder().decode(common.children[1].content) : '(no name)',
  };
}

const fingerprint = async ({ bytes }) => Bytes.hex(await digest('SHA-256', bytes));

/* The way from a certificate to one of the anchors, all valid at that time. */
async function pathOf(leaf, pool, anchors, at) {
  const walk = async (path) => {
    const last = path.at(-1);
    if (at < last.from || at > last.until) return undefined;
    if (anchors.some(({ bytes }) => Bytes.equal(bytes, last.bytes))) return path;
    if (path.length > 8) return undefined;
    for (const issuer of [...anchors, ...pool]) {
      if (!issuer.isCa || !Bytes.equal(issuer.subject, last.issuer) || path.includes(issuer)) continue;
      const signed = await verifyValue(schemeOf(last.algorithm), issuer.spki, last.signature, last.tbs).catch(
        () => false,
      );
      const found = signed && (await walk([...path, issuer]));
      if (found) return found;
    }
    return undefined;
  };
  return walk([leaf]);
}

/* A CMS signature; `digestOf(hash)` is that of what it is over, or undefined for what it carries itself. */
async function verifyCms(bytes, digestOf) {
  const [type, wrapped] = der(bytes).children;
  if (oid(type) !== '1.2.840.113549.1.7.2') throw new Error('it is no CMS signature');
  const signed = wrapped.children[0].children;
  const [contentType, contentHolder] = signed[2].children;
  const content = contentHolder?.children[0].content;
  const certificates = (signed.find(({ tag }) => tag === 0xa0)?.children ?? []).map((one) =>
    readCertificate(one.der),
  );
  const [signer, ...more] = signed.at(-1).children;
  if (!signer || more.length > 0) throw new Error('it has not exactly one signer');
  const [, sid, digestAlgorithm, attributes, algorithm, value, unsigned] = signer.children;
  if (attributes.tag !== 0xa0) throw new Error('it has no signed attributes');
  const hash = HASHES[oid(digestAlgorithm.children[0])];
  if (!hash) throw new Error('its digest algorithm is not accepted');
  const attribute = (list, name) =>
    list?.children.find((one) => oid(one.children[0]) === name)?.children[1].children[0];
  const stated = attribute(attributes, '1.2.840.113549.1.9.4')?.content;
  const actual = digestOf ? await digestOf(hash) : await digest(hash, content);
  if (!stated || !Bytes.equal(stated, actual)) throw new Error('the content is not what was signed');
  const [issuer, serial] = sid.children;
  const certificate = certificates.find(
    (one) => Bytes.equal(one.issuer, issuer.der) && Bytes.equal(one.serial, serial.content),
  );
  if (!certificate) throw new Error("the signer's certificate is missing");
  const data = Uint8Array.from(attributes.der);
  data[0] = 0x31;
  if (!(await verifyValue(schemeOf(algorithm, hash), certificate.spki, value.content, data))) {
    throw new Error('the signature does not fit');
  }
  const token = attribute(unsigned, '1.2.840.113549.1.9.16.2.14')?.der;
  return { certificate, certificates, content, contentType: oid(contentType), value: value.content, token };
}

/* A time-stamp token over `data`. */
async function verifyToken(bytes, data) {
  const signed = await verifyCms(bytes);
  if (signed.contentType !== '1.2.840.113549.1.9.16.1.4') throw new Error('it is no time-stamp');
  const fields = der(signed.content).children;
  const [algorithm, imprint] = fields[2].children;
  const hash = HASHES[oid(algorithm.children[0])];
  if (!hash || !Bytes.equal(imprint.content, await digest(hash, data)))
    throw new Error('the time-stamp is over other data');
  return { ...signed, time: time(fields[4]) };
}
