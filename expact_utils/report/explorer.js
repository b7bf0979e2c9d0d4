/* The motif explorer: draws, filters, sorts and exports the filters that the page holds as JSON (expact_utils.explorer). */
(() => {
  "use strict";
  const roots = document.querySelectorAll("[data-explorer]");
  const root = roots[roots.length - 1];
  const source = document.querySelectorAll("[data-explorer-filters]");
  const DATA = JSON.parse(source[source.length - 1].textContent);
  const PAGE = 60; // cards that are drawn at a time
  const WIDTH = 14, BIT = 24, GAP = 0.04, TEXT = 16; // px: of a position, a bit, a letter's margin, a line of text
  const COMPLEMENT = { A: "T", C: "G", G: "C", T: "A" };
  const BASES = ["A", "C", "G", "T"];
  const NETWORK = ["dataset", "architecture", "activation", "trial", "filter"];

  // What is in the name of a filter, and what it can be found and sorted by.
  DATA.filters.forEach((filter, row) => {
    filter.id.split("/").forEach((part, i) => { filter[NETWORK[i]] = part; });
    filter.anchor = filter.id.replaceAll("/", "_");
    filter.row = row;
    const trial = foreign(filter) ? "" : `, trial ${filter.trial}`;
    filter.title = `${title("architecture", filter.architecture)}, ${title("activation", filter.activation)}${trial}: ${filter.filter}`;
    filter.evalue = filter.matches.length ? filter.matches[0][1] : Infinity;
    filter.loss = Math.max(0, ...Object.values(filter.importance).map(Math.abs));
    const names = filter.matches.map(([id]) => `${id} ${DATA.targets[id].name}`);
    filter.text = [filter.id, filter.title, filter.consensus, filter.tfs, ...names].join(" ").toLowerCase();
  });

  const SORTS = {
    network: ["network", (a, b) => a.row - b.row],
    evalue: ["best E-value", (a, b) => a.evalue - b.evalue || a.row - b.row],
    bits: ["information", (a, b) => b.bits - a.bits],
    sites: ["number of sites", (a, b) => b.sites - a.sites],
  };
  if (DATA.filters.some((filter) => filter.loss)) {
    SORTS.loss = ["importance for a class", (a, b) => b.loss - a.loss];
  }
  const distinct = (key, filters = DATA.filters) => [...new Set(filters.map((filter) => filter[key]))];
  const activationsOf = (network) => distinct("activation", DATA.filters.filter((filter) => !network || filter.architecture === network));
  // At first one network is shown, with all its activations; or all, where each network has an activation of its own.
  // A search looks in all of them, except where the reader chose himself.
  const FIRST = { dataset: distinct("dataset")[0], architecture: distinct("architecture")[0] };
  if (activationsOf(FIRST.architecture).length < distinct("activation").length) FIRST.architecture = "";
  const state = {
    search: "", ...FIRST, activation: "", trial: "", matched: false, sort: "evalue",
    sides: distinct("activation").length > 1,
  };
  const controls = {}, chosen = new Set();
  let selected = [], opened = null;

  function title(key, name) { return DATA.names[key]?.[name] || name; }

  /* Whether a filter is of somebody's network, which has no trials. */
  function foreign(filter) { return DATA.foreign.includes(filter.architecture); }

  /* An element with attributes (functions are listeners) and children (texts are text, never HTML). */
  function el(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") made.addEventListener(name, value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false) made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  /* ---- Logos ---- */

  const reversed = (pfm) => pfm.map((column) => [...column].reverse()).reverse();

  /* Letters of a PFM (thousandths), as high as frequency times information, on a baseline at y. */
  function letters(pfm, position, y) {
    const drawn = [];
    pfm.forEach((column, i) => {
      const total = column.reduce((sum, value) => sum + value, 0);
      const shares = column.map((value) => value / total);
      const bits = 2 + shares.reduce((sum, share) => sum + (share ? share * Math.log2(share) : 0), 0);
      let bottom = 0;
      shares.map((share, base) => [share * bits, BASES[base]]).sort((a, b) => a[0] - b[0]).forEach(([height, base]) => {
        if (height < 0.01) return;
        bottom += height;
        const x = (position + i + GAP) * WIDTH, top = y - bottom * BIT;
        drawn.push(`<use href="#explorer-${base}" fill="${DATA.colours[base]}" transform="translate(${x.toFixed(1)} ${top.toFixed(2)}) scale(${(WIDTH * (1 - 2 * GAP)).toFixed(2)} ${(height * BIT).toFixed(2)})"/>`);
      });
    });
    const end = (position + pfm.length) * WIDTH;
    return `${drawn.join("")}<path d="M${position * WIDTH} ${y}H${end}" stroke="#8a8a8a" fill="none"/>`;
  }

  const definitions = () => `<defs>${BASES.map((base) => `<path id="explorer-${base}" d="${DATA.glyphs[base]}"/>`).join("")}</defs>`;

  /* Logo of a filter above that of a match, aligned at Tomtom's offset and in its orientation. */
  function drawing(filter, match, own = "") {
    const rows = [[filter.pfm, 0]];
    if (match) {
      const [id, , offset, orientation] = match;
      const pfm = DATA.targets[id].pfm;
      rows[0][1] = Math.max(offset, 0);
      rows.push([orientation === "+" ? pfm : reversed(pfm), Math.max(-offset, 0)]);
    }
    const width = Math.max(...rows.map(([pfm, position]) => position + pfm.length)) * WIDTH;
    const height = rows.length * (2 * BIT + 6);
    const drawn = rows.map(([pfm, position], i) => letters(pfm, position, (i + 1) * (2 * BIT + 6) - 2)).join("");
    const namespace = own && ' xmlns="http://www.w3.org/2000/svg"';
    return `<svg${namespace} viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">${own}${drawn}</svg>`;
  }

  function picture(filter, match) {
    const box = el("div", { class: "explorer-logo" });
    box.innerHTML = drawing(filter, match); // numbers and our own colours only
    const svg = box.firstChild;
    const below = match ? `, above its match ${DATA.targets[match[0]].name} (${match[0]})` : ", no match";
    svg.setAttribute("aria-label", `Sequence logo of ${filter.title}, consensus ${filter.consensus || "none"}${below}`);
    return box;
  }

  /* ---- Cards ---- */

  const matchText = (match) => {
    const [id, evalue, , orientation] = match;
    return `${DATA.targets[id].name} ${id}, E = ${evalue.toExponential(1)}${orientation === "+" ? "" : ", rev. comp."}`;
  };

  function card(filter) {
    const match = filter.matches[0];
    const facts = [filter.dead ? "dead: no site" : `${filter.sites.toLocaleString("en")} sites`, `${filter.bits.toFixed(1)} bits`];
    if (filter.tfs) facts.push(`finds ${filter.tfs.replaceAll(";", ", ")}`);
    const several = distinct("dataset").length > 1 ? `${filter.dataset}, ` : "";
    return el("article", { class: `explorer-card${filter.tfs ? " explorer-found" : ""}` },
      el("a", { href: `#${filter.anchor}`, class: "explorer-title" }, several + filter.title),
      picture(filter, match),
      el("p", {}, match ? matchText(match) : "no match"),
      el("p", { class: "explorer-facts" }, facts.join(" · ")));
  }

  /* A list of cards that draws the next ones when its end comes into view. */
  function list(filters) {
    const cards = el("div", { class: "explorer-cards" });
    const end = el("button", { type: "button", click: more }, "Show more");
    let shown = 0;
    function more() {
      cards.append(...filters.slice(shown, shown + PAGE).map(card));
      shown += PAGE;
      end.hidden = shown >= filters.length;
    }
    more();
    new IntersectionObserver((entries) => { if (entries[0].isIntersecting && !end.hidden) more(); }, { rootMargin: "400px" }).observe(end);
    return el("div", { class: "explorer-list" }, cards, end);
  }

  /* How many of some filters match, in words: of the ground truth where it is known, else of the database. */
  function share(filters) {
    const known = DATA.filters.some((filter) => filter.tfs);
    const number = filters.filter((filter) => (known ? filter.tfs : filter.matches.length)).length;
    return `${number} of ${filters.length} match ${known ? "a motif of the ground truth" : "the database"}`;
  }

  /* ---- Selection ---- */

  function select() {
    const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    selected = DATA.filters.filter((filter) =>
      ["dataset", "architecture", "activation", "trial"].every((key) => !state[key] || filter[key] === state[key])
      && (!state.matched || filter.matches.length)
      && words.every((word) => filter.text.includes(word)));
    selected.sort(SORTS[state.sort][1]);
    count.textContent = selected.length
      ? `${selected.length} of ${DATA.filters.length} filters; ${share(selected)}`
      : `No filter matches, of ${DATA.filters.length}`;
    const activations = activationsOf(state.architecture), sides = state.sides && activations.length > 1;
    const shown = sides && selected.length
      ? activations.map((activation) => {
        const own = selected.filter((filter) => filter.activation === activation);
        return el("section", {}, el("p", { class: "explorer-heading" }, el("strong", {}, title("activation", activation)), `: ${share(own)}`), list(own));
      })
      : [list(selected)];
    results.className = sides ? "explorer-sides" : "";
    results.replaceChildren(...shown);
  }

  function find(text) {
    state.search = text;
    for (const [key, first] of Object.entries(FIRST)) {
      if (!controls[key] || chosen.has(key)) continue;
      controls[key].value = state[key] = text.trim() ? "" : first;
    }
    select();
  }

  function choice(key, label, options) {
    const choose = () => { chosen.add(key); state[key] = control.value; select(); };
    const control = controls[key] = el("select", { id: `explorer-${key}`, change: choose },
      ...options.map(([value, text]) => el("option", { value, selected: value === state[key] }, text)));
    return el("div", { class: "explorer-choice" }, el("label", { for: control.id }, label), control);
  }

  function tick(key, label) {
    const control = el("input", { type: "checkbox", checked: state[key], change: () => { state[key] = control.checked; select(); } });
    return el("label", { class: "explorer-tick" }, control, label);
  }

  const any = (key) => [["", "all"], ...distinct(key).map((value) => [value, title(key, value)])];

  /* ---- One filter ---- */

  const dialog = el("dialog", { class: "explorer-dialog", "aria-label": "One filter", close: closed });

  function closed() {
    if (dialog.open) return; // again, since
    if (location.hash === `#${opened.anchor}`) history.replaceState(null, "", location.pathname + location.search);
    opened = null;
  }

  function open(filter) {
    opened = filter;
    const body = [
      el("p", { class: "explorer-dialog-title" }, `${filter.dataset} data, ${filter.title}`),
      picture(filter, filter.matches[0]),
      el("p", {}, `Consensus ${filter.consensus || "none"}; ${filter.bits} bits; ${filter.dead ? "dead: no site" : `${filter.sites.toLocaleString("en")} sites`}.`
        + (filter.tfs ? ` Finds ${filter.tfs.replaceAll(";", ", ")} of the ground truth.` : "")),
      el("p", {}, filter.found ? `Matches ${filter.found} matrices${filter.found > filter.matches.length ? `, the best ${filter.matches.length} of them` : ""}:` : "Matches nothing in the database."),
      el("ul", {}, ...filter.matches.map((match) => el("li", {}, matchText(match)))),
    ];
    const classes = Object.entries(filter.importance).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
    if (classes.length) {
      body.push(el("p", {}, "Logit that each class loses without this filter:"),
        el("ul", {}, ...classes.map(([name, loss]) => el("li", {}, `${name}: ${loss.toFixed(2)}`))));
    }
    if (location.pathname.endsWith("/08_explorer.html")) {
      const network = `${filter.architecture}_${filter.activation}_0`;
      const own = filter.trial === "0" ? `04_tomtom/${filter.dataset}/${network}.html` : `05_trials/${filter.dataset}_${filter.trial}.html`;
      const page = foreign(filter) ? `03_foreign/${filter.architecture}.html` : own;
      body.push(el("p", {}, el("a", { href: page }, "The page of its network")));
    }
    const step = (by) => () => show(selected[(Math.max(selected.indexOf(filter), 0) + by + selected.length) % selected.length]);
    const button = (text, click) => el("button", { type: "button", click }, text);
    body.push(el("p", { class: "explorer-buttons" },
      button("SVG", () => save(`${filter.anchor}.svg`, drawing(filter, filter.matches[0], definitions()), "image/svg+xml")),
      button("MEME", () => save(`${filter.anchor}.meme`, meme([filter]))),
      button("Previous", step(-1)), button("Next", step(1)), button("Close", () => dialog.close())));
    dialog.replaceChildren(...body);
    if (!dialog.open) dialog.showModal();
  }

  function show(filter) {
    history.replaceState(null, "", `#${filter.anchor}`);
    open(filter);
  }

  function follow() {
    const anchor = location.hash.slice(1);
    const filter = DATA.filters.find((each) => each.anchor === anchor);
    if (filter) open(filter);
    else dialog.close();
  }

  /* ---- Files ---- */

  function save(name, text, type = "text/plain") {
    const address = URL.createObjectURL(new Blob([text], { type }));
    el("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  function meme(filters) {
    const head = "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\nBackground letter frequencies\nA 0.25 C 0.25 G 0.25 T 0.25\n";
    return head + filters.map((filter) => {
      const rows = filter.pfm.map((column) => {
        const total = column.reduce((sum, value) => sum + value, 0);
        return column.map((value) => (value / total).toFixed(6)).join(" ");
      });
      const name = filter.tfs.split(";")[0] || (filter.matches.length ? DATA.targets[filter.matches[0][0]].name : "");
      return `\nMOTIF ${filter.anchor} ${name}\nletter-probability matrix: alength= 4 w= ${rows.length} nsites= ${filter.sites} E= 0\n${rows.join("\n")}\n`;
    }).join("");
  }

  function csv(filters) {
    const classes = [...new Set(DATA.filters.flatMap((filter) => Object.keys(filter.importance)))];
    const columns = [...NETWORK, "consensus", "bits", "sites", "dead", "tfs", "matches", "best_match", "best_match_name", "evalue", ...classes.map((name) => `logit_drop ${name}`)];
    const rows = filters.map((filter) => {
      const [id = "", evalue = ""] = filter.matches[0] || [];
      return [...NETWORK.map((key) => filter[key]), filter.consensus, filter.bits, filter.sites, filter.dead, filter.tfs, filter.found,
        id, id && DATA.targets[id].name, evalue, ...classes.map((name) => filter.importance[name] ?? "")];
    });
    const quoted = (value) => (/[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value);
    return [columns, ...rows].map((row) => row.map(quoted).join(",")).join("\n") + "\n";
  }

  /* ---- The page ---- */

  const search = el("input", { type: "search", placeholder: "GATA1, MA0035, TGAC …", input: () => find(search.value) });
  const count = el("p", { class: "explorer-count", "aria-live": "polite" });
  const results = el("div");
  const shapes = el("div", { class: "explorer-shapes", "aria-hidden": "true" });
  shapes.innerHTML = `<svg width="0" height="0">${definitions()}</svg>`;
  const several = (key, label) => (distinct(key).length > 1 ? [choice(key, label, any(key))] : []);
  root.replaceChildren(
    shapes,
    el("div", { class: "explorer-controls" },
      el("label", { class: "explorer-search" }, "Search", search),
      ...several("dataset", "Data"), ...several("architecture", "Network"), ...several("activation", "Activation"), ...several("trial", "Trial"),
      choice("sort", "Sort by", Object.entries(SORTS).map(([value, [text]]) => [value, text])),
      tick("matched", "only matches"),
      ...(distinct("activation").length > 1 ? [tick("sides", "activations side by side")] : [])),
    el("div", { class: "explorer-bar" }, count,
      el("div", { class: "explorer-buttons" },
        el("button", { type: "button", click: () => save("filters.meme", meme(selected)) }, "MEME"),
        el("button", { type: "button", click: () => save("filters.csv", csv(selected), "text/csv") }, "CSV"))),
    results, dialog);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  window.addEventListener("hashchange", follow);
  document.addEventListener("keydown", (event) => {
    if (!opened || !["ArrowLeft", "ArrowRight", "Escape"].includes(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.key === "Escape") return dialog.close(); // the book's theme keeps the key from the dialog itself
    const at = Math.max(selected.indexOf(opened), 0) + (event.key === "ArrowRight" ? 1 : -1);
    show(selected[(at + selected.length) % selected.length]);
  }, true);
  select();
  follow();
})();
