// Sends the form that says after how many milliseconds it wants to be sent.
(() => {
  const form = document.querySelector('form[data-after]');
  if (form) setTimeout(() => form.requestSubmit(), Number(form.dataset.after));
})();
