// Keeps a form from being sent twice, and says so while an answer takes its time.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'yes';
  const button = form.querySelector('button[type="submit"]');
  if (button) button.setAttribute('aria-disabled', 'true');
  const status = form.querySelector('[role="status"]');
  if (status && form.dataset.busy) status.textContent = form.dataset.busy;
});

// a page that comes back from the browser's history may be used again
addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) {
    delete form.dataset.sent;
    form.querySelector('button[type="submit"]')?.removeAttribute('aria-disabled');
  }
});

// what goes on by itself
document.querySelector('form[data-at-once]')?.requestSubmit();
