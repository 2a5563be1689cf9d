import { HTMLElement, parse, TextNode } from 'node-html-parser';

export type { HTMLElement };

/** Parses a page as a browser without JavaScript does: with the content of noscript. */
export function parseHtml(html: string): HTMLElement {
  return parse(html, { comment: false, blockTextElements: { script: true, style: true } });
}

/** The visible text of an element with single spaces, without aria-hidden decoration. */
export function textOf(element: HTMLElement): string {
  return visibleText(element, (child) => !isHidden(child) && child.getAttribute('aria-hidden') !== 'true');
}

/** The accessible name of a link or a button: aria-label, else its text, else that of its images. */
export function accessibleName(element: HTMLElement): string {
  const label = element.getAttribute('aria-label')?.trim();
  if (label) return label;
  const value = element.tagName === 'INPUT' ? element.getAttribute('value') : undefined;
  if (value) return value;
  const images = element.querySelectorAll('img').map((image) => image.getAttribute('alt') ?? '');
  return textOf(element) || images.join(' ').trim();
}

export function isHidden(element: HTMLElement): boolean {
  return element.hasAttribute('hidden') || ['SCRIPT', 'STYLE', 'TEMPLATE', 'HEAD'].includes(element.tagName);
}

/** Hidden, or inside a hidden element. */
export function isHiddenOnPage(element: HTMLElement): boolean {
  return ancestors(element).some(isHidden);
}

/** The element and its ancestors, innermost first. */
export function ancestors(element: HTMLElement): HTMLElement[] {
  const parent = element.parentNode as HTMLElement | null;
  return parent?.tagName ? [element, ...ancestors(parent)] : [element];
}

const BLOCKS =
  /^(ADDRESS|ARTICLE|ASIDE|BR|BUTTON|DD|DIV|DL|DT|FIELDSET|FOOTER|FORM|H[1-6]|HEADER|HR|LABEL|LEGEND|LI|MAIN|NAV|OL|OPTION|P|PRE|SECTION|SELECT|SUMMARY|TABLE|TD|TEXTAREA|TH|TR|UL)$/;

function visibleText(element: HTMLElement, isVisible: (child: HTMLElement) => boolean): string {
  return rawText(element, isVisible).replace(/\s+/g, ' ').trim();
}

function rawText(element: HTMLElement, isVisible: (child: HTMLElement) => boolean): string {
  return element.childNodes
    .map((child) => {
      if (child instanceof TextNode) return child.text;
      if (!(child instanceof HTMLElement) || !isVisible(child)) return '';
      const inside = rawText(child, isVisible);
      return BLOCKS.test(child.tagName) ? ` ${inside} ` : inside;
    })
    .join('');
}
