import { expect } from 'chai';
import { noteText } from '../../../src/domain/note/note-text.ts';

const html = (text: string) => noteText(text).sanitised_html.trim();

describe('noteText', () => {
  it('renders emphasis, lists, code and links', () => {
    expect(html('Call **Ada** at *noon*')).to.equal('<p>Call <strong>Ada</strong> at <em>noon</em></p>');
    expect(html('- gate\n- map')).to.equal('<ul>\n<li>gate</li>\n<li>map</li>\n</ul>');
    expect(html('https://example.com')).to.equal(
      '<p><a href="https://example.com" rel="noopener nofollow">https://example.com</a></p>',
    );
  });

  it('renders headings as bold paragraphs, which do not stand between the headings of the page', () => {
    expect(html('# Title\n\n###### Small')).to.equal(
      '<p><strong>Title</strong></p>\n<p><strong>Small</strong></p>',
    );
  });

  it('shows HTML as text', () => {
    expect(html('<script>alert(1)</script><b>x</b>')).not.to.match(/<(script|b)\b/);
    expect(html('<img src=x onerror=alert(1)>')).to.include('&lt;img');
  });

  it('has no link that runs a script, and no image', () => {
    for (const address of [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      '&#106;avascript:alert(1)',
      'java\tscript:alert(1)',
      'data:text/html,<script>alert(1)</script>',
      'vbscript:x',
      '//evil.example',
    ]) {
      const shown = html(`[link](${address}) [ref]\n\n[ref]: ${address}`);
      expect(shown, address).not.to.match(/href="(?!\/?[\w#])/);
      expect(shown, address).not.to.match(/href="[^"]*(script|data):/i);
    }
    expect(html('![tracker](https://evil.example/x.png)')).not.to.include('<img');
  });

  it('cuts deeply nested quotes off without an error', () => {
    expect(() => html('>'.repeat(9_000))).not.to.throw();
    expect(() => html('['.repeat(9_000))).not.to.throw();
  });
});
