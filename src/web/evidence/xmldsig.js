/* XML signatures: canonicalization, references, value. */
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const XADES = 'http://uri.etsi.org/01903/v1.3.2#';
const C14N = {
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315': { exclusive: false },
  'http://www.w3.org/2006/12/xml-c14n11': { exclusive: false },
  'http://www.w3.org/2001/10/xml-exc-c14n#': { exclusive: true },
};
const ENVELOPED = `${DS}enveloped-signature`;
const BASE64 = `${DS}base64`;
const XML_HASHES = {
  'http://www.w3.org/2001/04/xmlenc#sha256': 'SHA-256',
  'http://www.w3.org/2001/04/xmldsig-more#sha384': 'SHA-384',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'SHA-512',
};

function parseXml(bytes) {
  const text = Bytes.text(bytes);
  if (/<!DOCTYPE/i.test(text)) throw new Error('it has a document type, which is not read');
  const document = new DOMParser().parseFromString(text, 'application/xml');
  if (document.querySelector('parsererror')) throw new Error('it is not well-formed XML');
  return document;
}

const elements = (node) => [...node.childNodes].filter(({ nodeType }) => nodeType === 1);
const child = (node, namespace, name) =>
  elements(node).find((one) => one.namespaceURI === namespace && one.localName === name);
const all = (node, namespace, name) => [...node.getElementsByTagNameNS(namespace, name)];

/* Canonical XML 1.0 and 1.1 without comments, inclusive or exclusive, of an element; `left` is left out. */
function canonical(apex, { exclusive, prefixes = [], left }) {
  const escapeText = (text) =>
    text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\r/g, '&#xD;');
  const escapeValue = (text) =>
    text
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/"/g, '&quot;')
      .replace(/\t/g, '&#x9;')
      .replace(/\n/g, '&#xA;')
      .replace(/\r/g, '&#xD;');
  const isNamespace = ({ namespaceURI }) => namespaceURI === 'http://www.w3.org/2000/xmlns/';
  const declared = (attribute) => (attribute.prefix ? attribute.localName : '');
  const inScope = (element) => {
    const scope = new Map();
    for (let one = element; one?.nodeType === 1; one = one.parentNode) {
      for (const attribute of [...one.attributes].filter(isNamespace)) {
        if (!scope.has(declared(attribute))) scope.set(declared(attribute), attribute.value);
      }
    }
    return scope;
  };
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const out = [];
  const write = (element, rendered) => {
    const scope = inScope(element);
    const attributes = [...element.attributes].filter((one) => !isNamespace(one));
    const inherited = [];
    if (!exclusive && element === apex) {
      for (let one = element.parentNode; one?.nodeType === 1; one = one.parentNode) {
        for (const attribute of one.attributes) {
          const isXml = attribute.prefix === 'xml' && attribute.localName !== 'id';
          if (isXml && ![...attributes, ...inherited].some(({ name }) => name === attribute.name))
            inherited.push(attribute);
        }
      }
    }
    const used = exclusive
      ? new Set([
          element.prefix ?? '',
          ...attributes.flatMap(({ prefix }) => (prefix && prefix !== 'xml' ? [prefix] : [])),
          ...prefixes.filter((prefix) => scope.has(prefix)),
        ])
      : new Set(scope.keys());
    const now = new Map(rendered);
    const namespaces = [...used]
      .filter((prefix) => prefix !== 'xml' && (scope.get(prefix) ?? '') !== (rendered.get(prefix) ?? ''))
      .sort(order)
      .map((prefix) => {
        now.set(prefix, scope.get(prefix) ?? '');
        return ` xmlns${prefix ? `:${prefix}` : ''}="${escapeValue(scope.get(prefix) ?? '')}"`;
      });
    const sorted = [...attributes, ...inherited].sort(
      (a, b) => order(a.namespaceURI ?? '', b.namespaceURI ?? '') || order(a.localName, b.localName),
    );
    out.push('<', element.nodeName, ...namespaces);
    for (const { name, value } of sorted) out.push(' ', name, '="', escapeValue(value), '"');
    out.push('>');
    for (const node of element.childNodes) {
      if (node === left) continue;
      if (node.nodeType === 1) write(node, now);
      else if (node.nodeType === 3 || node.nodeType === 4) out.push(escapeText(node.data));
      else if (node.nodeType === 7) throw new Error('it has a processing instruction');
    }
    out.push('</', element.nodeName, '>');
  };
  write(apex, new Map());
  return Bytes.of(out.join(''));
}

function canonicalBy(method, apex, left) {
  const form = C14N[method.getAttribute('Algorithm')];
  if (!form) throw new Error('its canonicalization is not known here');
  const list = elements(method).find(({ localName }) => localName === 'InclusiveNamespaces');
  const prefixes = (list?.getAttribute('PrefixList') ?? '').split(/\s+/).filter(Boolean);
  return canonical(apex, { ...form, prefixes: prefixes.map((one) => (one === '#default' ? '' : one)), left });
}

function byId(document, id) {
  const found = all(document, '*', '*').filter((one) =>
    ['Id', 'ID', 'id'].some((name) => one.getAttribute(name) === id),
  );
  if (found.length !== 1) throw new Error(`the id ${id} is not there exactly once`);
  return found[0];
}

const xmlScheme = (method) => {
  const uri = method.getAttribute('Algorithm');
  const [, name, bits] =
    /^http:\/\/www\.w3\.org\/(?:2001\/04|2007\/05)\/xmldsig-more#(rsa|ecdsa|sha256-rsa-MGF1|sha384-rsa-MGF1|sha512-rsa-MGF1)(?:-sha(256|384|512))?$/.exec(
      uri,
    ) ?? [];
  if (name === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: `SHA-${bits}` };
  if (name === 'ecdsa') return { name: 'ECDSA', hash: `SHA-${bits}` };
  if (!name) throw new Error(`the signature algorithm ${uri} is not accepted here`);
  const size = Number(name.slice(3, 6));
  return { name: 'RSA-PSS', hash: `SHA-${size}`, saltLength: size / 8 };
};

/* Verifies one ds:Signature: what it refers to, and its value. `detached(uri)` gives files beside it. */
async function verifyXml(signature, detached = () => undefined) {
  const document = signature.ownerDocument;
  const info = child(signature, DS, 'SignedInfo');
  const references = [];
  for (const reference of elements(info).filter(({ localName }) => localName === 'Reference')) {
    const uri = reference.getAttribute('URI') ?? '';
    const hash = XML_HASHES[child(reference, DS, 'DigestMethod').getAttribute('Algorithm')];
    if (!hash) throw new Error('its digest algorithm is not accepted');
    const transforms = child(reference, DS, 'Transforms');
    const steps = transforms ? elements(transforms) : [];
    let octets;
    let target;
    if (uri === '' || uri.startsWith('#')) {
      target = uri === '' ? document.documentElement : byId(document, uri.slice(1));
      const enveloped = steps.some((one) => one.getAttribute('Algorithm') === ENVELOPED);
      const last = steps.at(-1);
      const algorithm = last?.getAttribute('Algorithm');
      if (algorithm === BASE64) octets = Bytes.fromBase64(target.textContent);
      else if (algorithm && C14N[algorithm])
        octets = canonicalBy(last, target, enveloped ? signature : undefined);
      else octets = canonical(target, { exclusive: false, left: enveloped ? signature : undefined });
    } else {
      octets = detached(decodeURIComponent(uri));
      if (!octets || steps.length > 0) throw new Error(`the file ${uri} is missing`);
    }
    const stated = Bytes.fromBase64(child(reference, DS, 'DigestValue').textContent);
    if (!Bytes.equal(stated, await digest(hash, octets)))
      throw new Error(`${uri || 'the document'} was changed`);
    references.push({ uri, octets, target });
  }
  if (references.length === 0) throw new Error('it refers to nothing');
  const data = canonicalBy(child(info, DS, 'CanonicalizationMethod'), info);
  const valueElement = child(signature, DS, 'SignatureValue');
  const value = Bytes.fromBase64(valueElement.textContent);
  const scheme = xmlScheme(child(info, DS, 'SignatureMethod'));
  const certificates = all(child(signature, DS, 'KeyInfo'), DS, 'X509Certificate').map(({ textContent }) =>
    readCertificate(Bytes.fromBase64(textContent)),
  );
  for (const certificate of certificates) {
    const fits = await verifyValue(scheme, certificate.spki, value, data, false).catch(() => false);
    if (fits) return { certificate, certificates, references, valueElement };
  }
  throw new Error('the signature does not fit');
}
