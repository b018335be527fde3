/** Signatures of ETSI, made and validated: PAdES and XAdES at levels B to LTA, and CAdES and ASiC-E to validate. */
export { signPdf, type SignPdfOptions } from './pades/sign-pdf.ts';
export { adesProblems } from './problems.ts';
export { raise as raiseXades, type XadesLevel } from './xades/levels.ts';
export { openXades } from './xades/read.ts';
export { signXades, type XadesData, type XadesOptions } from './xades/sign.ts';
export type { FormatReader } from './validation/readers/format-reader.ts';
export type { PolicyDocuments } from './validation/policy.ts';
export type { ValidationReport } from './validation/reports/report.ts';
export type { AskStatus } from './validation/status.ts';
export type { Trust } from './validation/trust.ts';
export { validateFile, type Validation, type ValidationInput } from './validation/validate.ts';
