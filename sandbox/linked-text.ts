/** Text in pieces: what is an http address can be made a link by a page. */
export const linkedText = (text: string): { text: string; href?: string }[] =>
  text
    .split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/gi)
    .filter((piece) => piece !== '')
    .map((piece) => (/^https?:\/\//i.test(piece) ? { text: piece, href: piece } : { text: piece }));
