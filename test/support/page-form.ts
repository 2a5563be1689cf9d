import { accessibleName, ancestors, isHiddenOnPage, textOf, type HTMLElement } from './html.ts';

export type FieldValue = string | number | boolean | readonly string[];
export type FieldValues = Record<string, FieldValue>;

export interface Submission {
  method: 'get' | 'post';
  /** As in the page; '' for the page's own URL. */
  action: string;
  fields: [name: string, value: string][];
}

/** A form of a page and one of its buttons, filled in as a browser allows. */
export class PageForm {
  readonly #page: HTMLElement;
  readonly #form: HTMLElement;
  readonly #button: HTMLElement;

  constructor(page: HTMLElement, form: HTMLElement, button: HTMLElement) {
    this.#page = page;
    this.#form = form;
    this.#button = button;
  }

  /** Keeps hidden fields and defaults. @throws for a field that the form does not have */
  submission(values: FieldValues): Submission {
    const filled = new Map<string, [HTMLElement[], FieldValue]>();
    for (const [key, value] of Object.entries(values)) {
      const controls = this.#controlsNamed(key);
      filled.set(controls[0]!.getAttribute('name')!, [controls, value]);
    }
    const named = this.#controls().map((control) => control.getAttribute('name')!);
    const fields = [...new Set(named)].flatMap((name): [string, string][] => {
      const controls = this.#controls().filter((control) => control.getAttribute('name') === name);
      const given = filled.get(name);
      const chosen = given ? this.#fill(controls, given[1]) : controls.flatMap(defaultsOf);
      return chosen.map((value) => [name, value]);
    });
    return { method: this.#method(), action: this.#action(), fields: [...fields, ...this.#buttonField()] };
  }

  /** The current values, without the CSRF token. */
  values(): Record<string, string> {
    return Object.fromEntries(this.submission({}).fields.filter(([name]) => name !== '_csrf'));
  }

  /** The names of the fields that can be filled in. */
  names(): string[] {
    const open = this.#controls().filter(
      (control) => control.getAttribute('type') !== 'hidden' && !control.hasAttribute('readonly'),
    );
    return [...new Set(open.map((control) => control.getAttribute('name')!))];
  }

  #method(): 'get' | 'post' {
    const method = this.#button.getAttribute('formmethod') ?? this.#form.getAttribute('method') ?? 'get';
    return method.toLowerCase() === 'post' ? 'post' : 'get';
  }

  #action(): string {
    return this.#button.getAttribute('formaction') ?? this.#form.getAttribute('action') ?? '';
  }

  #buttonField(): [string, string][] {
    const name = this.#button.getAttribute('name');
    return name ? [[name, this.#button.getAttribute('value') ?? '']] : [];
  }

  #controls(): HTMLElement[] {
    const id = this.#form.getAttribute('id');
    return this.#page.querySelectorAll('input, select, textarea').filter((control) => {
      const owner = control.getAttribute('form');
      const isIn = owner === undefined ? ancestors(control).includes(this.#form) : owner === id;
      const type = control.getAttribute('type')?.toLowerCase();
      const isButton = type === 'submit' || type === 'button' || type === 'image';
      return isIn && !isButton && !isDisabled(control) && control.getAttribute('name');
    });
  }

  #controlsNamed(key: string): HTMLElement[] {
    const visible = this.#controls().filter((control) => control.getAttribute('type') !== 'hidden');
    const byName = visible.filter((control) => [key, `${key}[]`].includes(control.getAttribute('name')!));
    if (byName.length > 0) return byName;
    const labelled = visible.filter((control) => this.#labelsOf(control).includes(key));
    const names = new Set(labelled.map((control) => control.getAttribute('name')));
    if (names.size === 1) return labelled;
    const known = visible.map((each) => `${each.getAttribute('name')} (${this.#labelsOf(each).join(', ')})`);
    throw new Error(`The form has no field ${key}. It has: ${known.join('; ') || 'none'}`);
  }

  /** The label, and for checkboxes and radio buttons also the legend. */
  #labelsOf(control: HTMLElement): string[] {
    const id = control.getAttribute('id');
    const labels = this.#page
      .querySelectorAll('label')
      .filter((label) => id && label.getAttribute('for') === id);
    const around = ancestors(control).filter((element) => element.tagName === 'LABEL');
    const legend = isTickable(control)
      ? ancestors(control)
          .find((element) => element.tagName === 'FIELDSET')
          ?.querySelector('legend')
      : undefined;
    const texts = [...labels, ...around, ...(legend ? [legend] : [])].map(textOf);
    return [control.getAttribute('aria-label') ?? '', ...texts]
      .map((text) => text.replace(/ \([^)]*\)$/, ''))
      .filter(Boolean);
  }

  #fill(controls: HTMLElement[], value: FieldValue): string[] {
    const [control] = controls;
    if (controls.some((each) => each.hasAttribute('readonly')))
      throw new Error(`${control!.getAttribute('name')} cannot be changed: it is read-only`);
    if (isTickable(control!)) return this.#tick(controls, value);
    if (control!.tagName === 'SELECT') return [value].flat().map((each) => choose(control!, String(each)));
    if (controls.length > 1)
      throw new Error(`${control!.getAttribute('name')} is used ${controls.length} times`);
    return [String(value)];
  }

  #tick(boxes: HTMLElement[], value: FieldValue): string[] {
    if (typeof value === 'boolean') {
      if (boxes.length > 1) throw new Error(`State which of ${boxes[0]!.getAttribute('name')} to tick`);
      return value ? [boxValue(boxes[0]!)] : [];
    }
    const wanted = Array.isArray(value) ? (value as readonly string[]) : [String(value)];
    return wanted.map((each) => {
      const box = boxes.find((one) => boxValue(one) === each || this.#labelsOf(one).includes(each));
      if (!box) throw new Error(`There is no box ${each} to tick`);
      return boxValue(box);
    });
  }
}

/** The submit buttons of a page with their forms. */
export function submitButtons(page: HTMLElement): { name: string; button: HTMLElement; form: HTMLElement }[] {
  return page
    .querySelectorAll('button, input[type="submit"]')
    .filter((button) => (button.getAttribute('type') ?? 'submit') === 'submit' && !isHiddenOnPage(button))
    .flatMap((button) => {
      const owner = button.getAttribute('form');
      const form =
        owner === undefined
          ? ancestors(button).find((element) => element.tagName === 'FORM')
          : page.querySelectorAll('form').find((each) => each.id === owner);
      return form ? [{ name: accessibleName(button), button, form }] : [];
    });
}

function isTickable(control: HTMLElement): boolean {
  return /^(checkbox|radio)$/i.test(control.getAttribute('type') ?? '');
}

function isDisabled(control: HTMLElement): boolean {
  return ancestors(control).some((element) => element.hasAttribute('disabled'));
}

function boxValue(box: HTMLElement): string {
  return box.getAttribute('value') ?? 'on';
}

function defaultsOf(control: HTMLElement): string[] {
  if (isTickable(control)) return control.hasAttribute('checked') ? [boxValue(control)] : [];
  // HTML ignores a line break directly after the tag.
  if (control.tagName === 'TEXTAREA') return [control.textContent.replace(/^\r?\n/, '')];
  if (control.tagName !== 'SELECT') return [control.getAttribute('value') ?? ''];
  const options = control.querySelectorAll('option');
  const selected = options.filter((option) => option.hasAttribute('selected'));
  return (selected.length > 0 ? selected : options.slice(0, 1)).map(optionValue);
}

function choose(select: HTMLElement, wanted: string): string {
  const options = select.querySelectorAll('option');
  const option = options.find((each) => optionValue(each) === wanted || textOf(each) === wanted);
  if (!option) throw new Error(`There is no option ${wanted}; there are: ${options.map(textOf).join(', ')}`);
  return optionValue(option);
}

function optionValue(option: HTMLElement): string {
  return option.getAttribute('value') ?? textOf(option);
}
