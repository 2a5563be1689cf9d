import { expect } from 'chai';
import sharp from 'sharp';
import { readLogo } from '../../../src/domain/brand/read-logo.ts';
import { createImage } from '../../support/images.ts';

describe('readLogo', () => {
  const errorOf = async (file: Buffer) => {
    const result = await readLogo(file);
    return result.ok ? null : result.errors[0]!.code;
  };
  const read = async (file: Buffer) => {
    const result = await readLogo(file);
    if (!result.ok) throw new Error(result.errors[0]!.code);
    return result.values;
  };

  for (const format of ['png', 'jpeg', 'webp'] as const) {
    it(`encodes a ${format} file again as PNG in two sizes and as a square icon, without metadata`, async () => {
      const file = await createImage({ width: 1200, height: 300, format });
      const { width, height, small, large, icon } = await read(file);
      expect([width, height]).to.eql([192, 48]);
      const expected = [
        [small, 192, 48],
        [large, 384, 96],
        [icon, 192, 192],
      ] as const;
      for (const [image, wide, high] of expected) {
        const found = await sharp(image).metadata();
        expect([found.format, found.width, found.height, found.exif]).to.eql(['png', wide, high, undefined]);
        expect(image.includes('Secret')).to.equal(false);
      }
    });
  }

  it('does not enlarge a small image', async () => {
    const { width, height } = await read(await createImage({ width: 60, height: 20 }));
    expect([width, height]).to.eql([60, 20]);
  });

  it('returns the same hash for the same image and another for another image', async () => {
    const { hash } = await read(await createImage());
    expect(hash).to.match(/^[0-9a-f]{32}$/);
    expect((await read(await createImage())).hash).to.equal(hash);
    expect((await read(await createImage({ colour: '#123456' }))).hash).not.to.equal(hash);
  });

  it('refuses other formats and damaged files, whatever their name', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><script>alert(1)</script></svg>';
    const files = {
      svg: Buffer.from(svg),
      html: Buffer.from('<!doctype html><script>alert(1)</script>'),
      gif: await createImage({ format: 'gif' }),
      tiff: await createImage({ format: 'tiff' }),
      empty: Buffer.alloc(0),
      'the head of a PNG': (await createImage()).subarray(0, 40),
      'a PNG without its end': (await createImage()).subarray(0, 100),
    };
    for (const [name, file] of Object.entries(files))
      expect(await errorOf(file), name).to.equal('invalid_logo');
  });

  it('refuses images with too many or too few pixels', async () => {
    expect(await errorOf(await createImage({ width: 4_097, height: 20 }))).to.equal('logo_too_large');
    expect(await errorOf(await createImage({ width: 5_000, height: 5_000 }))).to.equal('logo_too_large');
    expect(await errorOf(await createImage({ width: 15, height: 100 }))).to.equal('logo_too_small');
    expect(await errorOf(await createImage({ width: 4_096, height: 16 }))).to.equal(null);
  });

  it('decodes simultaneous uploads one after the other, so that other work of the process goes on', async () => {
    const options = { width: 2_048, height: 2_048, channels: 3, background: '#0b6e75' } as const;
    const file = await sharp({ create: options }).png({ progressive: true }).toBuffer();
    const uploads = Array.from({ length: 4 }, () => read(file));
    await uploads[0];
    expect(sharp.counters().process).to.be.at.most(1);
    await Promise.all(uploads);
  });

  it('refuses a small file with billions of pixels without decoding it', async () => {
    const bomb = await createImage({ width: 100, height: 100 });
    // The width and the height in the header of a PNG.
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    const before = process.memoryUsage().rss;
    expect(await errorOf(bomb)).to.equal('logo_too_large');
    expect(process.memoryUsage().rss - before).to.be.below(100_000_000);
  });
});
