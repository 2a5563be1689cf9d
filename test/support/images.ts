import sharp from 'sharp';

interface ImageOptions {
  width?: number;
  height?: number;
  format?: 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff';
  colour?: string;
}

/** An image of one colour, with metadata that names a person. */
export function createImage({
  width = 480,
  height = 120,
  format = 'png',
  colour = '#0b6e75',
}: ImageOptions = {}): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: colour } })
    .withExif({ IFD0: { Artist: 'Secret Person' } })
    .toFormat(format)
    .toBuffer();
}
