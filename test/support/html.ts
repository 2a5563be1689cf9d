import { HTMLElement, parse, TextNode } from 'node-html-parser';

export type { HTMLElement };

/** A page as somebody without JavaScript gets it: noscript counts. */
export function parseHtml(html: string): HTMLElement {
  return parse(html, { comment: false, blockTextElements: { script: true, style: true } });
}

/** What a reader is told by an element, spaces run together; decoration (aria-hidden) left out. */
export function textOf(element: HTMLElement): string {
  return words(element, (child) => !isHidden(child) && child.getAttribute('aria-hidden') !== 'true');
}

/** How a screen reader calls a link or a button: aria-label, else its text. */
export function accessibleName(element: HTMLElement): string {
  const label = element.getAttribute('aria-label')?.trim();
  if (label) return label;
  const value = element.tagName === 'INPUT' ? element.getAttribute('value') : undefined;
  if (value) return value;
  return textOf(element);
}

export function isHidden(element: HTMLElement): boolean {
  return element.hasAttribute('hidden') || ['SCRIPT', 'STYLE', 'TEMPLATE', 'HEAD'].includes(element.tagName);
}

/** Hidden itself, or inside something that is. */
export function isOutOfSight(element: HTMLElement): boolean {
  return ancestors(element).some(isHidden);
}

/** The element, then what it stands in, inside out. */
export function ancestors(element: HTMLElement): HTMLElement[] {
  const parent = element.parentNode as HTMLElement | null;
  return parent?.tagName ? [element, ...ancestors(parent)] : [element];
}

const BLOCKS =
  /^(ADDRESS|ARTICLE|ASIDE|BR|BUTTON|DD|DIV|DL|DT|FIELDSET|FOOTER|FORM|H[1-6]|HEADER|HR|LABEL|LEGEND|LI|MAIN|NAV|OL|OPTION|P|PRE|SECTION|SELECT|SUMMARY|TABLE|TD|TEXTAREA|TH|TR|UL)$/;

function words(element: HTMLElement, isSeen: (child: HTMLElement) => boolean): string {
  return raw(element, isSeen).replace(/\s+/g, ' ').trim();
}

function raw(element: HTMLElement, isSeen: (child: HTMLElement) => boolean): string {
  return element.childNodes
    .map((child) => {
      if (child instanceof TextNode) return child.text;
      if (!(child instanceof HTMLElement) || !isSeen(child)) return '';
      const inside = raw(child, isSeen);
      return BLOCKS.test(child.tagName) ? ` ${inside} ` : inside;
    })
    .join('');
}
