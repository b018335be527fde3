// Files can be dropped anywhere on the page; a chosen one is sent at once. Without this script the form does it alone.
(() => {
  const form = document.querySelector('form[data-action="verify"]');
  const input = form.elements.file;
  const status = form.querySelector('[role="status"]');
  const zone = form.querySelector('[data-drop]');
  form.querySelector('[data-drop-hint]').hidden = false;

  form.addEventListener('submit', () => {
    status.textContent = status.dataset.busy;
  });
  for (const name of ['dragenter', 'dragover']) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add('is-over');
    });
  }
  document.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) zone.classList.remove('is-over');
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    zone.classList.remove('is-over');
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
    form.requestSubmit();
  });
})();
