/** Shapes of JSON from elsewhere: what may be there, how long, how many; nothing else may be. */

/** Gives the place of the first thing that is wrong, as a path; undefined where nothing is. */
export type Shape = (value: unknown, path: string) => string | undefined;

export const text =
  (max: number, pattern = /^/u): Shape =>
  (value, path) =>
    typeof value === 'string' && value.length <= max && pattern.test(value) ? undefined : path;

export const oneOf =
  (...allowed: readonly unknown[]): Shape =>
  (value, path) =>
    allowed.includes(value) ? undefined : path;

export const count =
  (max: number): Shape =>
  (value, path) =>
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max ? undefined : path;

export const list =
  (shape: Shape, max: number): Shape =>
  (value, path) => {
    if (!Array.isArray(value) || value.length > max) return path;
    for (const [index, item] of value.entries()) {
      const wrong = shape(item, `${path}/${String(index)}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `optional`: members that may be missing. */
export const object =
  (members: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>> = {}): Shape =>
  (value, path) => {
    if (!isObject(value)) return path;
    const missing = Object.keys(members).find((name) => !Object.hasOwn(value, name));
    if (missing !== undefined) return `${path}/${missing}`;
    for (const [name, member] of Object.entries(value)) {
      const shape = own(members, name) ?? own(optional, name);
      const wrong = shape ? shape(member, `${path}/${name}`) : `${path}/${name}`;
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };

const own = (shapes: Readonly<Record<string, Shape>>, name: string): Shape | undefined =>
  Object.hasOwn(shapes, name) ? shapes[name] : undefined;

export const record =
  (shape: Shape, max: number): Shape =>
  (value, path) => {
    if (!isObject(value) || Object.keys(value).length > max) return path;
    for (const [name, member] of Object.entries(value)) {
      const wrong = shape(member, `${path}/${name}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };

export const either =
  (...shapes: readonly Shape[]): Shape =>
  (value, path) =>
    shapes.some((shape) => shape(value, path) === undefined) ? undefined : path;

/** Levels of nesting in a text of JSON, without reading it. */
export function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let index = 0; index < json.length; index++) {
    const character = json[index];
    if (quoted) {
      if (character === '\\') index++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']') depth--;
  }
  return deepest;
}
