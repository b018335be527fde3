/** What stands on every page: watermark, bar, logo and brand at the top, order and page number at the bottom. */
import type { Pen } from '../drawing/pen.ts';
import type { Setting } from './block.ts';

const LABEL = { font: 'regular', size: 'label', color: 'muted' } as const;
const BRAND = { font: 'bold', size: 'section', color: 'accent' } as const;
/** Parts of the diagonal that the text of a watermark may take. */
const LONGEST = 0.8;

export function drawFrame(pen: Pen, setting: Setting, page: number, pages: number): void {
  const { data, ink } = setting;
  const { width, height, margin } = ink.template.page;
  const { bar } = ink.template.layout;
  drawWatermark(pen, setting);
  if (bar > 0) pen.box(0, 0, width, bar, 'accent');
  drawHead(pen, setting);
  const y = height - margin.bottom + 22;
  pen.box(margin.left, y, width - margin.left - margin.right, 0.6, 'line');
  if (data.requestId !== undefined) {
    pen.text(`${setting.say('requestId')} ${data.requestId}`, margin.left, y + 7, LABEL);
  }
  const number = setting.say('page', { page: String(page), pages: String(pages) });
  pen.text(number, width - margin.right - ink.width(number, LABEL), y + 7, LABEL);
}

function drawWatermark(pen: Pen, setting: Setting): void {
  const { watermark, page } = setting.ink.template;
  if (!watermark) return;
  if ('image' in watermark) {
    const { image, width } = watermark;
    const height = (width * image.height) / image.width;
    pen.image(image, (page.width - width) / 2, (page.height - height) / 2, width, height);
    return;
  }
  const text = setting.fill(watermark.text);
  const wide = setting.ink.widthAt(text, 'bold', watermark.size);
  const fits = (Math.hypot(page.width, page.height) * LONGEST) / Math.max(wide, 1);
  const size = Math.round(watermark.size * Math.min(1, fits) * 100) / 100;
  const { color, angle } = watermark;
  pen.turned(text, page.width / 2, page.height / 2, { font: 'bold', size, color, angle });
}

/** Logo and brand in the middle of the top margin, below the bar; never both on the same side. */
function drawHead(pen: Pen, setting: Setting): void {
  const { ink, data } = setting;
  const { template } = ink;
  const { width, margin } = template.page;
  const { bar } = template.layout;
  const { logo } = template;
  const middle = bar + (margin.top - bar) * 0.52;
  const image = (logo?.profile ? data.logo : undefined) ?? logo?.image;
  if (logo && image) {
    const scale = Math.min(logo.width / image.width, logo.height / image.height);
    const [wide, high] = [image.width * scale, image.height * scale];
    const free = width - margin.left - margin.right - wide;
    const x = margin.left + free * { left: 0, center: 0.5, right: 1 }[logo.at];
    pen.image(image, x, middle - high / 2, wide, high);
  }
  const brand = setting.fill(template.brand);
  if (brand === '') return;
  const atLeft = logo?.at === 'right' && image !== undefined;
  const x = atLeft ? margin.left : width - margin.right - ink.width(brand, BRAND);
  pen.text(brand, x, middle - ink.leading(BRAND) / 2, BRAND);
}
