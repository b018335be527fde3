/** Danish texts of NemID's problems. */
export const da = {} as const;
