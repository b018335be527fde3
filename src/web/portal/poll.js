// Asks, as often as the form says, whether the signer is done elsewhere. The page stays where it is until there is another one.
(() => {
  const form = document.querySelector('form[data-after]');
  if (!form) return;
  const after = Number(form.dataset.after);
  const code = (page) => page.getElementById('code')?.textContent;
  let failures = 0;

  const ask = async () => {
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: 'POST', body });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const isSame = page.querySelector('form[data-after]') !== null && code(page) === code(document);
      if (!isSame) {
        location.assign(answer.url);
        return;
      }
      failures = 0;
    } catch {
      // the network was away for a moment
      failures += 1;
    }
    setTimeout(ask, after * Math.min(2 ** failures, 8));
  };

  setTimeout(ask, after);
})();
