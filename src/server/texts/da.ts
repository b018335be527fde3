/** Danish texts of the codes in `problems.ts`. */
export const da = {} as const;
