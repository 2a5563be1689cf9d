// Every page works without this file.
(() => {
  const root = document.documentElement;
  const all = (selector) => document.querySelectorAll(selector);
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const target = event.target.closest?.(selector);
      if (target) act(target, event);
    });

  all('[data-js]').forEach((element) => (element.hidden = false));
  document.querySelector('[data-focus]')?.focus();
  all(':is(.nav, .tabs) [aria-current]').forEach((link) => link.scrollIntoView({ block: 'nearest', inline: 'center' }));

  // Shows or hides a password. It is hidden again on submit, because browsers only offer to save a hidden password.
  const toggle = (button) => {
    const input = document.getElementById(button.dataset.show);
    input.type = input.type === 'password' ? 'text' : 'password';
    [button.textContent, button.dataset.text] = [button.dataset.text, button.textContent];
    const label = button.getAttribute('aria-label');
    button.setAttribute('aria-label', button.dataset.label);
    button.dataset.label = label;
  };
  on('click', '[data-show]', toggle);

  on('click', '[data-copy]', async (button) => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent);
    } catch {
      source.select?.();
      if (!document.execCommand('copy')) return;
    }
    const label = button.querySelector('[data-label]') ?? button;
    const original = label.textContent;
    if (original === button.dataset.done) return;
    label.textContent = button.dataset.done;
    setTimeout(() => (label.textContent = original), 2500);
  });

  // Shows the choices of a long list that contain what is typed.
  on('input', '[data-filter]', (input) => {
    const typed = input.value.toLowerCase();
    document.getElementById(input.dataset.filter).querySelectorAll('.check').forEach((choice) => {
      choice.hidden = !choice.textContent.toLowerCase().includes(typed);
    });
  });
  on('keydown', '[data-filter]', (input, event) => event.key === 'Enter' && event.preventDefault());

  on('change', '[data-ticks]', ({ dataset, checked }) => {
    all(`[name="${dataset.ticks}"]`).forEach((box) => (box.checked = checked));
  });

  // Replaces an element with that of the page for the typed value.
  let typing;
  on('input', '[data-live]', (field) => {
    clearTimeout(typing);
    if (!field.validity.valid) return;
    typing = setTimeout(async () => {
      const response = await fetch(`?${new URLSearchParams([[field.name, field.value]])}`);
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const id = field.dataset.live;
      document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
    }, 200);
  });
  on('input', '[data-picks]', (picker) => {
    const field = document.getElementById(picker.dataset.picks);
    field.value = picker.value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });

  // Prevents a second submit. Going back to the page, or 8 seconds (for a download), enables the form again.
  const enable = (form) => form.removeAttribute('aria-busy');
  on('submit', 'form', (form, event) => {
    if (event.defaultPrevented) return;
    if (form.getAttribute('aria-busy') === 'true') return event.preventDefault();
    form.querySelectorAll('[data-show]').forEach((button) => {
      if (document.getElementById(button.dataset.show).type === 'text') toggle(button);
    });
    form.setAttribute('aria-busy', 'true');
    setTimeout(() => enable(form), 8000);
  });
  addEventListener('pageshow', () => all('form[aria-busy]').forEach(enable));

  // A link whose page shows what is typed in a field.
  on('click', 'a[data-add]', (link) => {
    const url = new URL(link.href);
    url.searchParams.set(link.dataset.add, document.getElementById(link.dataset.add).value);
    link.href = url.href;
  });

  const format = new Intl.RelativeTimeFormat(root.lang || 'en', { numeric: 'auto' });
  all('time[data-rel]').forEach((time) => {
    const minutes = (new Date(time.dateTime) - Date.now()) / 6e4;
    const size = Math.abs(minutes);
    if (!(size < 10080)) return;
    time.title = time.textContent.trim();
    time.textContent =
      size < 60
        ? format.format(Math.round(minutes), 'minute')
        : size < 1440
          ? format.format(Math.round(minutes / 60), 'hour')
          : format.format(Math.round(minutes / 1440), 'day');
  });

  const closeMenus = (focused) =>
    all('details.menu[open]').forEach((menu) => {
      if (!menu.contains(focused)) menu.open = false;
    });
  document.addEventListener('click', (event) => closeMenus(event.target));
  document.addEventListener('focusin', (event) => closeMenus(event.target));
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      const menu = event.target.closest?.('details.menu[open]');
      closeMenus();
      menu?.querySelector('summary').focus();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || root.dataset.keys === 'off') return;
    if (event.target.closest?.('input, textarea, select, [contenteditable]')) return;
    // The search of a list comes after that of the whole portal.
    const target = [...all(`[data-key="${CSS.escape(event.key)}"]`)].at(-1);
    if (!target) return;
    event.preventDefault();
    if (target.matches('input')) target.focus();
    else target.click();
  });
})();
