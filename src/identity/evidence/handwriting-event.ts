/** The type of the event that carries handwriting (packaging policy nemid-handwritten, N4). */
export const HANDWRITING_EVENT = 'signer-wrote-by-hand';
