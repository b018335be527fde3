/* What is checked of an evidence file, each finding as { check, file, outcome, detail }. */
const SIGNATURES = 'META-INF/signatures.xml';
const UNSIGNED = ['mimetype', 'META-INF/manifest.xml', SIGNATURES];
const LTV = [
  'https://id.signicat.com/definitions/xsd/LtvSdo-1.1',
  'https://id.signicat.com/definitions/xsd/LtvSdo-1.0',
];

async function verifyEvidence(zip) {
  const findings = [];
  const files = await readZip(zip);
  const inFolder = (folder) => [...files].filter(([name]) => name.startsWith(`${folder}/`));
  const certificatesIn = (prefix) =>
    [...files].filter(([name]) => name.startsWith(prefix)).map(([, bytes]) => readCertificate(bytes));
  const anchors = {
    seal: certificatesIn('anchors/seal'),
    stamp: certificatesIn('anchors/time-stamp'),
    signer: certificatesIn('anchors/signer'),
  };
  const pool = certificatesIn('validation/certificate');
  const digests = new Map();
  for (const [name, bytes] of inFolder('documents'))
    digests.set(Bytes.hex(await digest('SHA-256', bytes)), name);

  const run = async (check, file, work) => {
    try {
      findings.push({ check, file, outcome: 'ok', ...(await work()) });
    } catch (error) {
      findings.push({ check, file, outcome: 'bad', detail: { raw: error.message } });
    }
  };
  const led = async ({ certificate, certificates }, kind, at) => {
    if (!at || Number.isNaN(at.getTime())) throw new Error('it tells no time');
    const path = await pathOf(certificate, [...certificates, ...pool], anchors[kind], at);
    if (!path)
      throw new Error(`the certificate of ${certificate.name} leads to none of the anchors at that time`);
    return { by: certificate.name, at };
  };
  const stampTime = async (signature, verified) => {
    const property = all(signature, XADES, 'SignatureTimeStamp')[0];
    if (!property) return undefined;
    const method = child(property, DS, 'CanonicalizationMethod');
    const data = method
      ? canonicalBy(method, verified.valueElement)
      : canonical(verified.valueElement, { exclusive: false });
    const token = Bytes.fromBase64(child(property, XADES, 'EncapsulatedTimeStamp').textContent);
    const stamp = await verifyToken(token, data);
    await led(stamp, 'stamp', stamp.time);
    return stamp.time;
  };
  const bound = async (signature, verified) => {
    const properties = all(signature, XADES, 'SignedProperties')[0];
    if (!properties || !verified.references.some(({ target }) => target === properties)) {
      throw new Error('it does not cover its own properties');
    }
    const value = all(properties, DS, 'DigestValue')[0].textContent;
    const own = await digest(
      XML_HASHES[all(properties, DS, 'DigestMethod')[0].getAttribute('Algorithm')] ?? 'SHA-256',
      verified.certificate.bytes,
    );
    if (!Bytes.equal(Bytes.fromBase64(value), own))
      throw new Error('its properties name another certificate');
    return new Date(all(properties, XADES, 'SigningTime')[0].textContent);
  };

  await run('container', SIGNATURES, async () => {
    const signature = child(parseXml(files.get(SIGNATURES) ?? Bytes.of('')).documentElement, DS, 'Signature');
    const verified = await verifyXml(signature, (uri) => files.get(uri));
    await bound(signature, verified);
    const covered = new Set(verified.references.map(({ uri }) => decodeURIComponent(uri)));
    const strangers = [...files.keys()].filter((name) => !covered.has(name) && !UNSIGNED.includes(name));
    if (strangers.length > 0) throw new Error(`the seal does not cover ${strangers.join(', ')}`);
    const at = await stampTime(signature, verified);
    return { detail: { ...(await led(verified, 'seal', at)), count: covered.size - 1 } };
  });

  for (const [name, bytes] of inFolder('packages')) {
    let root;
    await run('package', name, async () => {
      root = parseXml(bytes).documentElement;
      if (!LTV.includes(root.namespaceURI) || root.localName !== 'LtvSdo')
        throw new Error('it is no LTV-SDO');
      const signature = elements(root).findLast(({ localName }) => localName === 'Signature');
      const verified = await verifyXml(signature);
      if (verified.references[0].target !== root) throw new Error('its seal is about something else');
      const at = await bound(signature, verified);
      return { detail: await led(verified, 'seal', at) };
    });
    if (!root) continue;
    const value = (element) => all(root, root.namespaceURI, element)[0]?.textContent ?? '';
    await run('document', name, async () => {
      const hash = Bytes.hex(Bytes.fromBase64(value('DocumentDigest')));
      const document = digests.get(hash);
      if (!document) throw new Error('the document that it is about is not here, or was changed');
      return { detail: { document, title: value('DocumentTitle'), signer: value('SignerDisplayName') } };
    });
    const native = name.replace('packages/ltv-sdo', 'natives/native');
    await run('native', native, async () => {
      const inside = Bytes.fromBase64(value('NativeSdo'));
      const [, beside] = [...files].find(([path]) => path.startsWith(native.replace(/\.\w+$/, '.'))) ?? [];
      if (!beside || !Bytes.equal(inside, beside)) throw new Error('it is not the one in the package');
      const document = parseXml(inside);
      const signature = all(document, DS, 'Signature').at(0);
      if (!signature) throw new Error('it carries no XML signature');
      const verified = await verifyXml(signature);
      const at = new Date(all(root, XADES, 'SigningTime')[0].textContent);
      const kind = (await pathOf(
        verified.certificate,
        [...verified.certificates, ...pool],
        anchors.signer,
        at,
      ))
        ? 'signer'
        : 'seal';
      return { detail: { ...(await led(verified, kind, at)), witnessed: kind === 'seal' } };
    });
  }

  for (const [name, bytes] of inFolder('sealed')) {
    if (name.endsWith('.pdf')) await run('pdf', name, () => sealedPdf(bytes));
    else await run('xades', name, () => sealedXml(bytes));
  }
  async function sealedPdf(bytes) {
    const { found, coversAll } = await verifyPdf(bytes);
    if (!coversAll) throw new Error('something was added behind the last signature');
    const seal = found.findLast(({ isStamp }) => !isStamp);
    if (!seal?.stamp) throw new Error('its seal has no time-stamp');
    for (const stamp of [seal.stamp, ...found.filter(({ isStamp }) => isStamp)])
      await led(stamp, 'stamp', stamp.time);
    return { detail: { ...(await led(seal, 'seal', seal.stamp.time)), count: found.length } };
  }
  async function sealedXml(bytes) {
    const signature = parseXml(bytes).documentElement;
    const verified = await verifyXml(signature);
    await bound(signature, verified);
    const at = await stampTime(signature, verified);
    return { octets: verified.references[0].octets, detail: await led(verified, 'seal', at) };
  }
  for (const [name, bytes] of inFolder('preservation')) {
    await run('preservation', name, async () => {
      const { octets, detail } = await sealedXml(bytes);
      const about = files.get(name.replace('preservation/proof', 'packages/ltv-sdo'));
      if (!about || !Bytes.equal(octets, about)) throw new Error('it is about another package');
      return { detail };
    });
  }
  const listed = [];
  for (const [kind, list] of Object.entries(anchors)) {
    for (const one of list)
      listed.push({ kind, name: one.name, until: one.until, fingerprint: await fingerprint(one) });
  }
  const packages = inFolder('packages').length;
  if (packages === 0)
    findings.push({ check: 'package', file: 'packages/', outcome: 'bad', detail: { raw: 'there is none' } });
  return { findings, anchors: listed, isGood: findings.every(({ outcome }) => outcome === 'ok') };
}
