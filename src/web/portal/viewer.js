// Shows a PDF in the page: every page as wide as the column, drawn when it comes near the window, with its text above
// the picture for screen readers, searching and copying.
import { getDocument, GlobalWorkerOptions, TextLayer } from '/std/assets/pdfjs/legacy/build/pdf.min.mjs';

const assets = '/std/assets/pdfjs';
GlobalWorkerOptions.workerSrc = `${assets}/legacy/build/pdf.worker.min.mjs`;

const viewer = document.getElementById('viewer');
const status = document.getElementById('viewer-status');
const text = (name, values = {}) =>
  viewer.dataset[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);

/** Browsers on phones refuse larger canvases. */
const MAX_CANVAS_PIXELS = 16_000_000;
const ZOOMS = [1, 1.25, 1.5, 2, 3];
let zoom = 0;

/** @type {{ page: import('pdfjs-dist').PDFPageProxy, box: HTMLElement, width: number, height: number, near: boolean, drawn: number, task?: { cancel(): void } }[]} */
const sheets = [];

/** Room for a page at normal size, in CSS pixels. */
function column() {
  const { paddingLeft, paddingRight } = getComputedStyle(viewer);
  return viewer.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
}

/** CSS pixels for one PDF unit, so that the page fits the column. */
const scaleOf = (sheet) => (column() / sheet.width) * ZOOMS[zoom];

function fit(sheet) {
  const scale = scaleOf(sheet);
  sheet.box.style.width = `${sheet.width * scale}px`;
  sheet.box.style.height = `${sheet.height * scale}px`;
  sheet.box.style.setProperty('--total-scale-factor', String(scale));
}

async function draw(sheet) {
  const scale = scaleOf(sheet);
  if (sheet.drawn === scale) return;
  sheet.task?.cancel();
  sheet.drawn = scale;
  // at least two device pixels for one of CSS, so that it stays sharp when a finger zooms in
  const wanted = Math.max(devicePixelRatio, 2);
  const area = sheet.width * scale * sheet.height * scale;
  const density = Math.min(wanted, Math.sqrt(MAX_CANVAS_PIXELS / area));
  const viewport = sheet.page.getViewport({ scale: scale * density });
  const canvas = document.createElement('canvas');
  canvas.width = Math.floor(viewport.width);
  canvas.height = Math.floor(viewport.height);
  canvas.setAttribute('aria-hidden', 'true');
  const task = sheet.page.render({ canvas, viewport });
  sheet.task = task;
  try {
    await task.promise;
    const old = sheet.box.querySelector('canvas');
    if (old) release(old);
    sheet.box.prepend(canvas);
  } catch (error) {
    release(canvas);
    if (error.name !== 'RenderingCancelledException') throw error;
  }
}

/** Gives the picture's memory back at once instead of when the browser thinks of it. */
function release(canvas) {
  canvas.width = 0;
  canvas.height = 0;
  canvas.remove();
}

function undraw(sheet) {
  sheet.task?.cancel();
  sheet.drawn = 0;
  const canvas = sheet.box.querySelector('canvas');
  if (canvas) release(canvas);
}

const nearness = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const sheet = sheets[Number(target.dataset.index)];
      sheet.near = isIntersecting;
      if (isIntersecting) draw(sheet).catch(failed);
      else undraw(sheet);
    }
  },
  { rootMargin: '150% 0px' },
);

async function addSheet(pdf, index) {
  const page = await pdf.getPage(index + 1);
  const { width, height } = page.getViewport({ scale: 1 });
  const box = document.createElement('div');
  box.className = 'sheet';
  box.dataset.index = String(index);
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', text('textPage', { page: index + 1, pages: pdf.numPages }));
  const sheet = { page, box, width, height, near: false, drawn: 0 };
  sheets.push(sheet);
  fit(sheet);
  viewer.append(box);
  nearness.observe(box);

  const layer = document.createElement('div');
  layer.className = 'text-layer';
  box.append(layer);
  await new TextLayer({
    textContentSource: page.streamTextContent(),
    container: layer,
    viewport: page.getViewport({ scale: 1 }),
  }).render();
}

function resize() {
  for (const sheet of sheets) {
    fit(sheet);
    if (sheet.near) draw(sheet).catch(failed);
  }
}

function setZoom(next) {
  zoom = Math.min(Math.max(next, 0), ZOOMS.length - 1);
  document.getElementById('zoom-out').disabled = zoom === 0;
  document.getElementById('zoom-in').disabled = zoom === ZOOMS.length - 1;
  resize();
}

function failed(error) {
  say(text(error.name === 'PasswordException' ? 'textLocked' : 'textFailed'), true);
}

function say(message, isProblem = false) {
  status.textContent = message;
  status.classList.toggle('is-problem', isProblem);
}

async function show() {
  say(text('textLoading'));
  const pdf = await getDocument({
    url: viewer.dataset.url,
    cMapUrl: `${assets}/cmaps/`,
    standardFontDataUrl: `${assets}/standard_fonts/`,
    // everybody sees the same letters, whatever fonts a machine has
    useSystemFonts: false,
    wasmUrl: `${assets}/wasm/`,
    iccUrl: `${assets}/iccs/`,
    disableRange: true,
    isEvalSupported: false,
    enableXfa: false,
  }).promise;
  for (let index = 0; index < pdf.numPages; index++) {
    await addSheet(pdf, index);
    if (index === 0) say(pdf.numPages === 1 ? '' : text('textPages', { pages: pdf.numPages }));
  }

  document.getElementById('zoom').hidden = false;
  document.getElementById('zoom-in').addEventListener('click', () => setZoom(zoom + 1));
  document.getElementById('zoom-out').addEventListener('click', () => setZoom(zoom - 1));
  setZoom(0);
  let width = viewer.clientWidth;
  let waiting;
  new ResizeObserver(() => {
    if (viewer.clientWidth === width) return;
    width = viewer.clientWidth;
    clearTimeout(waiting);
    waiting = setTimeout(resize, 100);
  }).observe(viewer);
  viewer.dataset.pages = String(pdf.numPages);
}

show().catch(failed);
