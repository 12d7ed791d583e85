// What lfm/report/episodes.py put into the page: an index of all episodes, and stories in chunks.

const PRODUCTIVE = 1, LABELLED = 2, APPROVED = 4, KEPT = 8;
const CHUNKS_KEPT = 6;

/** The JSON that a script element holds, compressed and in base64. */
async function unpack(id) {
  const text = atob(byId(id).textContent), bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at); // from() takes ten times as long
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/** The index: columns with a value per episode, and `p` and `flags` with one per step. */
async function readIndex() {
  const index = await unpack("index");
  index.size = index.id.length;
  index.p = Int16Array.from(index.p);
  index.flags = Uint8Array.from(index.flags);
  index.start = new Uint32Array(index.size + 1);
  for (let at = 0; at < index.size; at++) index.start[at + 1] = index.start[at] + index.steps[at];
  index.number = new Map(index.id.map((id, at) => [id, at]));
  return index;
}

/** The text of column `name` of episode `at`. */
const named = (index, name, at) => index.names[name][index[name][at]];

const chunks = new Map();

/** The chunk `number`; those read last are kept. */
function readChunk(number) {
  const found = chunks.get(number) ?? unpack(`chunk-${number}`);
  chunks.delete(number);
  chunks.set(number, found);
  if (chunks.size > CHUNKS_KEPT) chunks.delete(chunks.keys().next().value);
  return found;
}

/** The story of episode `at`, or null if the page was not given it. */
async function readStory(index, at) {
  if (index.chunk[at] < 0) return null;
  const { texts, stories } = await readChunk(index.chunk[at]);
  return spelled(stories[index.at[at]], texts);
}

/** A value of a chunk with its texts, where the chunk has their numbers. */
function spelled(value, texts) {
  if (typeof value === "string") return texts[value];
  if (Array.isArray(value)) return value.map((each) => spelled(each, texts));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, spelled(each, texts)]));
}

/** Whether critic and feedback model differ on a step with these flags and probability. */
function differs(flags, p) {
  return p >= 0 && (flags & LABELLED) !== 0 && !(flags & PRODUCTIVE) === ((flags & APPROVED) !== 0);
}

let searchTexts = null;

/** What can be searched, chunk by chunk; read when it is first asked for. */
function searchable(index) {
  searchTexts ??= readTexts(index);
  return searchTexts;
}

/** The texts of each chunk in lower case, and the numbers of those that each of its episodes has. */
async function readTexts(index) {
  const found = new Map(), numbers = new Set(index.chunk.filter((number) => number >= 0)), hides = blind;
  for (const number of numbers) {
    const { texts, stories } = await unpack(`chunk-${number}`);
    found.set(number, { texts: texts.map((text) => text.toLowerCase()), of: stories.map((story) => wordsOf(story, hides)) });
    tellSearch(found.size / numbers.size);
  }
  return found;
}

/** The numbers of the texts of a story that can be searched; `hides` leaves out what was said of steps. */
function wordsOf(story, hides) {
  const words = new Set([story.first]);
  for (const step of story.steps) {
    words.add(step.action).add(step.seen);
    if (hides) continue;
    for (const label of step.labels) words.add(label[1]);
    if (step.model) words.add(step.model.reason);
    for (const [text] of step.anew?.texts ?? []) words.add(text);
  }
  if (!hides) for (const window of story.windows) words.add(window.summary).add(window.suggestion);
  return [...words].map(Number);
}

/** Which episodes have `text`, in lower case, in their name, task or story: a function of their number. */
async function containing(index, text) {
  const chunks = await searchable(index), has = (each) => each.toLowerCase().includes(text);
  const names = ["task", "instruction"].map((name) => [index[name], index.names[name].map(has)]);
  const hits = new Map([...chunks].map(([number, { texts }]) => [number, texts.map((each) => each.includes(text))]));
  const told = (at) => {
    const hit = hits.get(index.chunk[at]);
    return chunks.get(index.chunk[at]).of[index.at[at]].some((number) => hit[number]);
  };
  return (at) => has(index.id[at]) || names.some(([of, hit]) => hit[of[at]]) || index.chunk[at] >= 0 && told(at);
}
