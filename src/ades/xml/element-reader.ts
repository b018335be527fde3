import type { SeglError } from '@segl/problem/errors';
import { adesProblems } from '../problems.ts';
import { isElement, type XmlElement } from './document.ts';
import { invalid } from './scan.ts';

/** Reads the child elements of a sequence in the order that its schema gives. Everything throws XML_INVALID. */
export class ElementReader {
  readonly #parent: XmlElement;
  readonly #namespace: string;
  readonly #children: readonly XmlElement[];
  #at = 0;

  /** `namespace` is that of the children, unless a call names another. */
  constructor(parent: XmlElement, namespace: string) {
    this.#parent = parent;
    this.#namespace = namespace;
    this.#children = parent.elements;
  }

  /** The next child, which must be `name`. */
  next(name: string, namespace = this.#namespace): XmlElement {
    const child = this.optional(name, namespace);
    if (!child) throw this.#misplaced(name);
    return child;
  }

  /** The next child if it is `name`. */
  optional(name: string, namespace = this.#namespace): XmlElement | undefined {
    const child = this.#children[this.#at];
    if (!isElement(child, namespace, name)) return undefined;
    this.#at++;
    return child;
  }

  /** All next children that are `name`, at least `least` of them. */
  many(name: string, least = 0): XmlElement[] {
    const found: XmlElement[] = [];
    for (let child = this.optional(name); child; child = this.optional(name)) found.push(child);
    if (found.length < least) throw this.#misplaced(name);
    return found;
  }

  /** There is nothing more. */
  finish(): void {
    const child = this.#children[this.#at];
    if (child)
      throw invalid(
        adesProblems.of('xml/element-unexpected', { parent: this.#parent.name, name: child.name }),
      );
  }

  #misplaced(name: string): SeglError {
    return invalid(adesProblems.of('xml/element-misplaced', { parent: this.#parent.name, name }));
  }
}
