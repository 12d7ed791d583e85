// Elements made from data. Text from environments and models only ever becomes text nodes.

const byId = (id) => document.getElementById(id);

/** An element with attributes, listeners (functions) and children (nodes, text, or null). */
function el(tag, attributes = {}, ...children) {
  return dressed(document.createElement(tag), attributes, children);
}

/** The same, of SVG. */
function svg(tag, attributes = {}, ...children) {
  return dressed(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function dressed(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null));
  return node;
}

/** A select with its label; options are [value, text]. */
function choice(name, label, options, value) {
  const select = el("select", { name, id: `choose-${name}` }, options.map(
    ([each, text]) => el("option", { value: each, selected: each === value }, text)));
  return el("label", { for: `choose-${name}` }, el("span", {}, label), select);
}

const chip = (kind, text) => el("span", { class: `chip ${kind}` }, text);
const outcome = (success) => chip(success ? "good" : "bad", success ? "success" : "failure");
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const counted = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
