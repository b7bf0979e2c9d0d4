// Every table of results: sorted by a click on a header, copied, downloaded as CSV. Works from a file, without a server.

const MISSING = /^(|[-–—]|nan|none)$/i;
const NUMBER = /^[<>≤≥~≈]?\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/i;

/** Rows of a table's part as arrays of cells; a cell that spans rows or columns is in each of its places. */
function grid(part) {
  const rows = [...part.rows].map(() => []);
  [...part.rows].forEach((row, y) => {
    for (const cell of row.cells) {
      let x = 0;
      while (rows[y][x]) x++;
      for (let dy = 0; dy < cell.rowSpan && y + dy < rows.length; dy++)
        for (let dx = 0; dx < cell.colSpan; dx++) rows[y + dy][x + dx] = cell;
    }
  });
  return rows;
}

const text = (cell) => cell.textContent.replace(/\s+/g, " ").trim();

/** A table as texts: one row of headers, each the texts above its column, and the rows as they are sorted now. */
function texts(table) {
  const [first, ...others] = grid(table.tHead);
  const header = first.map((cell, x) => {
    const column = new Set([cell, ...others.map((row) => row[x])]);
    return [...column].map(text).filter(Boolean).join(" ");
  });
  return [header, ...grid(table.tBodies[0]).map((row) => row.map(text))];
}

/** The number that a text starts with: of `.853 ± .004`, `12 %`, `1.2e-05`, `1,024` or `−0.1`. */
function number(value) {
  const found = value.replace(/−/g, "-").replace(/(\d),(?=\d{3})/g, "$1").match(NUMBER);
  return found ? Number(found[1]) : NaN;
}

/** Order of two texts: numbers by value, before words; what is missing comes last in either direction. */
function compare(a, b, direction) {
  const missing = MISSING.test(a) - MISSING.test(b);
  if (missing) return missing;
  const [x, y] = [number(a), number(b)];
  const order = isNaN(x) - isNaN(y) || (x - y || 0) || a.localeCompare(b, "en", { numeric: true });
  return direction * order;
}

/** Sort by a column: upwards, then downwards, then as it was. */
function sort(table, header, column) {
  const next = { ascending: "descending", descending: "none" }[header.ariaSort] ?? "ascending";
  for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.ariaSort = "none";
  header.ariaSort = next;
  const direction = next === "descending" ? -1 : 1;
  const value = (row) => text(row.cells[column]);
  const rows = [...table.tBodies[0].rows];
  if (next === "none") rows.sort((a, b) => a.dataset.place - b.dataset.place);
  else rows.sort((a, b) => compare(value(a), value(b), direction));
  table.tBodies[0].append(...rows);
}

/** Put a button into the lowest header of each column that has a text. */
function makeSortable(table) {
  if (table.tBodies[0].querySelector('[rowspan]:not([rowspan="1"])')) return;
  [...table.tBodies[0].rows].forEach((row, place) => (row.dataset.place = place));
  const rows = grid(table.tHead).reverse();
  rows[0].forEach((_, column) => {
    const header = rows.map((row) => row[column]).find((cell) => cell.colSpan === 1 && text(cell));
    if (!header) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "table-sort";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sort(table, header, column));
    header.append(button);
    header.ariaSort = "none";
  });
}

const quoted = (value) => (/[",\n]/.test(value) ? `"${value.replace(/"/g, '""')}"` : value);

function download(table, name) {
  const csv = texts(table).map((row) => row.map(quoted).join(",") + "\n").join("");
  const link = document.createElement("a");
  // Without the mark at the start spreadsheets take ± for two other characters.
  link.href = URL.createObjectURL(new Blob(["\ufeff", csv], { type: "text/csv" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function copy(table, status) {
  const lines = texts(table).map((row) => row.join("\t")).join("\n");
  try {
    await navigator.clipboard.writeText(lines);
    status.textContent = "Copied";
  } catch {
    status.textContent = "The browser did not allow it";
  }
  setTimeout(() => (status.textContent = ""), 3000);
}

function button(name, label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = name;
  made.ariaLabel = `${name}: ${label}`;
  made.addEventListener("click", act);
  return made;
}

/** What a table is called: its caption, or the heading above it. */
function label(table, place) {
  const heading = table.closest("section")?.querySelector("h1, h2, h3, h4");
  return table.caption ? text(table.caption) : `table ${place}, ${heading?.firstChild.textContent ?? ""}`;
}

/** Put a table into a box that scrolls, also by keyboard, under its buttons. */
function equip(table, index) {
  const name = label(table, index + 1);
  const page = location.pathname.split("/").pop().replace(/\.html$/, "");
  const status = document.createElement("span");
  status.role = "status";
  const tools = document.createElement("div");
  tools.className = "table-tools";
  tools.append(
    status,
    button("Copy", name, () => copy(table, status)),
    button("CSV", name, () => download(table, `${page}_table${index + 1}.csv`)),
  );
  const box = document.createElement("div");
  box.className = "table-scroll";
  box.tabIndex = 0;
  box.role = "region";
  box.ariaLabel = name;
  table.before(tools, box);
  box.append(table);
  for (const header of table.tHead.querySelectorAll("th")) header.scope = header.colSpan > 1 ? "colgroup" : "col";
  for (const header of table.tBodies[0].querySelectorAll("th")) header.scope = "row";
  makeSortable(table);
}

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("table.dataframe:has(thead th)").forEach(equip));
