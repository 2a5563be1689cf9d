import MarkdownIt from 'markdown-it';
import sanitizeHtml from 'sanitize-html';

/** HTML that a page shows as it is. Only this file makes it. */
export interface SanitisedText {
  readonly sanitised_html: string;
}

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable(['image', 'table']);

// Headings of a note would stand between those of the page.
markdown.renderer.rules['heading_open'] = () => '<p><strong>';
markdown.renderer.rules['heading_close'] = () => '</strong></p>\n';

const allowed: sanitizeHtml.IOptions = {
  allowedTags: 'p strong em s code pre blockquote ul ol li a br hr'.split(' '),
  allowedAttributes: { a: ['href', 'rel'], ol: ['start'] },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  allowProtocolRelative: false,
  transformTags: { a: sanitizeHtml.simpleTransform('a', { rel: 'noopener nofollow' }) },
  nestingLimit: 50,
};

export function noteText(text: string): SanitisedText {
  return { sanitised_html: sanitizeHtml(markdown.render(text), allowed) };
}
