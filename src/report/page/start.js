// The page from top to bottom, in the meeting's order.

const SECTIONS = [
  ['decisions', 'Decisions', decisions], ['demand', 'Demand', demand], ['supply', 'Supply', supply], ['inventory', 'Inventory', inventory],
  ['service', 'Service', service], ['sales', 'Sales', sales], ['quality', 'Data', quality],
];

function head() {
  document.getElementById('head').replaceChildren(
    el('h1', null, 'Sales and operations planning', SET.pipeline ? el('span', { class: 'company' }, SET.pipeline) : null),
    el('p', null, 'As of ', el('strong', null, date(SET.as_of)),
      el('span', { class: 'quiet' }, ` · published ${SET.published_at}, entry ${SET.entry}`, el('span', { class: 'run' }, ` · run ${SET.run_id}`))));
  document.getElementById('contents').replaceChildren(
    el('ul', null, SECTIONS.map(([id, name]) => el('li', null, el('a', { href: `#${id}` }, name)))));
  document.getElementById('foot').replaceChildren(
    el('p', null, `Made by sopmart ${SET.sopmart_version} from entry ${SET.entry} of the publish log, run ${SET.run_id}. `,
      'This file loads nothing from outside. Names with dots under them open their definition.'));
}

function drawPage() {
  const page = document.getElementById('page');
  const top = scrollY;
  forget(page);
  page.replaceChildren(...SECTIONS.map(([, , draw]) => draw()));
  // What is drawn anew is as high as before only once its charts are there.
  scrollTo({ top, behavior: 'instant' });
}

/** Where one is on the page, told by the contents. */
function follow() {
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      for (const link of document.querySelectorAll('#contents a')) {
        if (link.hash === `#${target.id}`) link.setAttribute('aria-current', 'true'); else link.removeAttribute('aria-current');
      }
    }
  }, { rootMargin: '-30% 0px -65% 0px' });
  return () => { seen.disconnect(); for (const part of document.querySelectorAll('main > section')) seen.observe(part); };
}

// On paper everything is drawn, and short tables are open: nobody can unfold them there.
const LONGEST_ON_PAPER = 24;
const openedForPaper = [];

addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('main details.unfold:not([open])')) {
    if (details.closest('.where')) continue;
    details.fill();
    if (details.querySelectorAll('tbody tr').length > LONGEST_ON_PAPER) continue;
    details.open = true;
    openedForPaper.push(details);
  }
  drawAll();
});

addEventListener('afterprint', () => {
  for (const details of openedForPaper.splice(0)) details.open = false;
});

head();
filters();
drawPage();
const watch = follow();
watch();
new MutationObserver(watch).observe(document.getElementById('page'), { childList: true });
