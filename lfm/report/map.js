// The map of a walk, from the geometry that lfm/report/map.py made.

const RADIUS = 10, DOT = 4;

/** The map of a story, as a figure; `hidden(step)` leaves out what was said of a step. */
function drawnMap(story, hidden) {
  const map = story.map, below = map.height - 12;
  const path = (kind, d) => svg("path", { class: kind, d });
  const disc = (kind, [cx, cy]) => svg("circle", { class: kind, cx, cy, r: 1.3 * RADIUS }, svg("title", {}, kind));
  const marks = map.marks.map((mark, place) => ({ mark, node: stepMark(mark, place, story.steps[place], hidden(place + 1)) }));
  const drawing = svg("svg", { role: "img", "aria-label": "Map of the route and of the walk", viewBox: `0 0 ${map.width} ${map.height}` },
    path("streets", map.streets), path("route", map.route), path("walk", map.walk),
    disc("start", map.start), disc("goal", map.goal),
    // Dots lie below numbers.
    ...[false, true].flatMap((numbered) => marks.filter(({ mark }) => mark.numbered === numbered).map(({ node }) => node)),
    path("scale", `M12 ${below}h${map.bar}`), svg("text", { class: "scale", x: 12, y: below - 6 }, "50 m"));
  return el("figure", { class: "map" }, drawing, el("figcaption", { class: "quiet" },
    "Wide line: the route, from the ring to the disc. Thin line: where the agent went. Circles: its steps, "
    + "green where they were approved of, numbered where there is room. North is up."));
}

function stepMark(mark, place, step, hidden) {
  const [cx, cy] = mark.place, [label] = step.labels;
  const word = hidden ? "" : label ? ` (critic: ${label[0] ? "productive" : "not productive"}): ${label[1]}`
    : step.model ? ` (model: ${percent(step.model.p)}) ${step.model.reason}` : "";
  return svg("g", { class: hidden ? "step" : `step ${mark.verdict}` },
    svg("title", {}, `${place + 1}. ${step.action}${word}`),
    svg("circle", { cx, cy, r: mark.numbered ? RADIUS : DOT }),
    mark.numbered ? svg("text", { x: cx, y: cy + 4 }, `${place + 1}`) : null);
}
