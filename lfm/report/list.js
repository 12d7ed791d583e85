// The list of episodes found: some rows at a time, more when its end comes into sight.

const ROWS = 40;

/** An address within this page. */
function address(view, params) {
  const kept = new URLSearchParams([...params].filter(([, value]) => value !== ""));
  return kept.size ? `#/${view}?${kept}` : `#/${view}`;
}

/** `params` with other values; null removes one. */
function changed(params, values) {
  const found = new URLSearchParams(params);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) found.delete(name);
    else found.set(name, value);
  }
  return found;
}

let watcher = null;

/** Show the episodes found; the one that is open is marked and in sight. */
function showList(index, found, params) {
  const list = byId("list"), open = found.findIndex(({ at }) => index.id[at] === params.get("id"));
  let shown = 0;
  const more = (upTo) => {
    const rows = found.slice(shown, upTo).map((each) => row(index, each, params));
    shown = Math.min(upTo, found.length);
    const rest = shown < found.length
      ? el("li", { class: "more" }, el("button", { type: "button", click: () => more(shown + ROWS) }, "Show more"))
      : null;
    list.querySelector(".more")?.remove();
    list.append(...rows, ...(rest ? [rest] : []));
    watcher?.disconnect();
    if (rest) (watcher = new IntersectionObserver(
      ([entry]) => entry.isIntersecting && more(shown + ROWS), { root: list })).observe(rest);
  };
  list.replaceChildren();
  more(Math.max(ROWS, open + 1));
  list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

function row(index, { at, steps }, params) {
  const id = index.id[at], here = id === params.get("id");
  const about = [named(index, "set", at), named(index, "type", at).replaceAll("_", " "),
    counted(index.steps[at], "step"), ...(steps ? [`${steps} meant`] : [])];
  return el("li", {}, el("a", {
    href: address("episodes", changed(params, { id, step: null, queue: null })), "aria-current": here ? "true" : null,
    "data-at": at,
  },
  el("span", { class: "task" }, outcome(index.success[at]), " ", named(index, "instruction", at)),
  strip(index, at), el("span", { class: "quiet" }, about.join(" · "))));
}

/** Every step as a bar: as high as the model's probability, in the colour of the critic's word, if not hidden. */
function strip(index, at) {
  const paths = { good: "", bad: "", unread: "", differ: "" };
  for (let step = index.start[at], x = 0; step < index.start[at + 1]; step++, x++) {
    const hidden = veiled(index.flags[step]), flags = hidden ? 0 : index.flags[step], p = hidden ? -1 : index.p[step];
    const kind = !(flags & LABELLED) ? "unread" : flags & PRODUCTIVE ? "good" : "bad";
    const high = p < 0 ? 4 : 1 + 9 * p / 1000;
    paths[kind] += `M${x} 14v${-high.toFixed(1)}h.75V14z`;
    if (differs(flags, p)) paths.differ += `M${x} 0h.75v2.4h-.75z`;
  }
  const drawn = Object.entries(paths).filter(([, d]) => d).map(([kind, d]) => svg("path", { class: kind, d }));
  const width = Math.max(index.steps[at], 30);
  return svg("svg", { class: "strip", viewBox: `0 0 ${width} 14`, preserveAspectRatio: "none", "aria-hidden": "true" }, drawn);
}
