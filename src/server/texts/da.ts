/** Danish texts of the codes in `problems.ts`. */
export const da = {
  // below an error or in a check: parts of sentences
  'evidence/other-level': 'dets niveau er {level}',
  'evidence/proof-of-other': 'dets bevis handler om noget andet',
  'key/neither-pem-nor-pkcs12': 'den er hverken PEM eller en PKCS#12-fil, der åbner uden adgangskode',
  'key/chain-file-missing': 'dens certifikater mangler: der skal en fil med certifikatkæden til',
  'key/file-unreadable': '{what}-filen {file} kan ikke læses ({said})',
} as const;
