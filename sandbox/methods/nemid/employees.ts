/** Employees that the RID-CPR service of the sandbox knows. Many real ones had no number on record either. */
export interface Employee {
  /** As in the certificate: `CVR:…-RID:…`. */
  readonly serialNumber: string;
  readonly cpr?: string;
}

export const employees: readonly Employee[] = [
  { serialNumber: 'CVR:99999999-RID:10000017', cpr: '1405822042' },
  { serialNumber: 'CVR:99999999-RID:10000025' },
];
