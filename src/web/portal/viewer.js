// Shows a PDF in the page: every page as wide as the column, fetched and drawn when it comes near the window, with its text
// above the picture for screen readers, searching and copying. Of a large file, only what is shown is fetched.
import { getDocument, GlobalWorkerOptions, TextLayer } from '/std/assets/pdfjs/legacy/build/pdf.min.mjs';

const assets = '/std/assets/pdfjs';
GlobalWorkerOptions.workerSrc = `${assets}/legacy/build/pdf.worker.min.mjs`;

const viewer = document.getElementById('viewer');
const status = document.getElementById('viewer-status');
const text = (name, values = {}) =>
  viewer.dataset[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);

/** Browsers on phones refuse larger canvases. */
const MAX_CANVAS_PIXELS = 16_000_000;
/** Bytes that one request asks for. */
const CHUNK = 1 << 17;
const ZOOMS = [1, 1.25, 1.5, 2, 3];
let zoom = 0;

/** `page` and `layer` are promises, there from when the page is first near; until then its size is that of the first page.
 * @type {{ number: number, box: HTMLElement, width: number, height: number, near: boolean, drawn: number, page?: Promise<import('pdfjs-dist').PDFPageProxy>, layer?: Promise<void>, task?: { cancel(): void } }[]} */
const sheets = [];
/** @type {import('pdfjs-dist').PDFDocumentProxy} */
let pdf;

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

/** The page itself, which may be of another size than the first. */
function load(sheet) {
  sheet.page ??= pdf.getPage(sheet.number).then((page) => {
    const { width, height } = page.getViewport({ scale: 1 });
    if (width !== sheet.width || height !== sheet.height) {
      Object.assign(sheet, { width, height });
      fit(sheet);
    }
    return page;
  });
  return sheet.page;
}

async function draw(sheet) {
  const page = await load(sheet);
  if (!sheet.near) return;
  const scale = scaleOf(sheet);
  if (sheet.drawn === scale) return;
  sheet.task?.cancel();
  sheet.drawn = scale;
  // at least two device pixels for one of CSS, so that it stays sharp when a finger zooms in
  const wanted = Math.max(devicePixelRatio, 2);
  const area = sheet.width * scale * sheet.height * scale;
  const density = Math.min(wanted, Math.sqrt(MAX_CANVAS_PIXELS / area));
  const viewport = page.getViewport({ scale: scale * density });
  const canvas = document.createElement('canvas');
  canvas.width = Math.floor(viewport.width);
  canvas.height = Math.floor(viewport.height);
  canvas.setAttribute('aria-hidden', 'true');
  const task = page.render({ canvas, viewport });
  sheet.task = task;
  try {
    await task.promise;
    const old = sheet.box.querySelector('canvas');
    if (old) release(old);
    sheet.box.prepend(canvas);
    sheet.layer ??= addText(sheet.box, page);
    await sheet.layer;
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

/** Room for a page, of the size of the first one until it is loaded. */
function addSheet(number, { width, height }) {
  const box = document.createElement('div');
  box.className = 'sheet';
  box.dataset.index = String(number - 1);
  box.tabIndex = -1;
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', text('textPage', { page: number, pages: pdf.numPages }));
  const sheet = { number, box, width, height, near: false, drawn: 0 };
  sheets.push(sheet);
  fit(sheet);
  viewer.append(box);
  nearness.observe(box);
  middle.observe(box);
}

async function addText(box, page) {
  const layer = document.createElement('div');
  layer.className = 'text-layer';
  box.append(layer);
  await new TextLayer({
    textContentSource: page.streamTextContent(),
    container: layer,
    viewport: page.getViewport({ scale: 1 }),
  }).render();
}

const pageNumber = document.getElementById('page-number');

/** Says which page is in the middle of the window, while nobody writes another number there. */
const middle = new IntersectionObserver(
  (entries) => {
    const shown = entries.find(({ isIntersecting }) => isIntersecting);
    if (shown && document.activeElement !== pageNumber)
      pageNumber.value = String(Number(shown.target.dataset.index) + 1);
  },
  { rootMargin: '-50% 0px -50% 0px' },
);

/** Moves to the page whose number was written, or to the nearest that there is; what reads aloud goes on from there. */
function jump() {
  const asked = Number.parseInt(pageNumber.value, 10) || 1;
  const number = Math.min(Math.max(asked, 1), sheets.length);
  const { box } = sheets[number - 1];
  pageNumber.value = String(number);
  box.focus({ preventScroll: true });
  box.scrollIntoView();
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
  status.classList.remove('hidden');
}

async function show() {
  say(text('textLoading'));
  pdf = await getDocument({
    url: viewer.dataset.url,
    cMapUrl: `${assets}/cmaps/`,
    standardFontDataUrl: `${assets}/standard_fonts/`,
    // everybody sees the same letters, whatever fonts a machine has
    useSystemFonts: false,
    wasmUrl: `${assets}/wasm/`,
    iccUrl: `${assets}/iccs/`,
    rangeChunkSize: CHUNK,
    // only what the pages near the window need
    disableStream: true,
    disableAutoFetch: true,
    isEvalSupported: false,
    enableXfa: false,
  }).promise;
  const first = (await pdf.getPage(1)).getViewport({ scale: 1 });
  for (let number = 1; number <= pdf.numPages; number++) addSheet(number, first);
  say(pdf.numPages === 1 ? '' : text('textPages', { pages: pdf.numPages }));
  // for those who listen: everybody else sees it beside the page number
  status.classList.add('hidden');

  document.getElementById('page-count').textContent = text('textOf', { pages: pdf.numPages });
  document.getElementById('pager').hidden = pdf.numPages === 1;
  pageNumber.addEventListener('change', jump);
  document.getElementById('viewer-tools').hidden = false;
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
