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
  return index.chunk[at] < 0 ? null : (await readChunk(index.chunk[at]))[index.at[at]];
}

/** Whether critic and feedback model differ on a step with these flags and probability. */
function differs(flags, p) {
  return p >= 0 && (flags & LABELLED) !== 0 && !(flags & PRODUCTIVE) === ((flags & APPROVED) !== 0);
}

let texts = null;

/** What can be searched of each episode, in lower case; made when it is first asked for. */
function searchable(index) {
  texts ??= allTexts(index);
  return texts;
}

async function allTexts(index) {
  const found = Array.from({ length: index.size }, (_, at) =>
    ["id", "task", "instruction"].map((name) => name === "id" ? index.id[at] : named(index, name, at)));
  const numbers = new Set(index.chunk.filter((number) => number >= 0));
  const places = new Map(index.chunk.map((number, at) => [`${number}/${index.at[at]}`, at]));
  for (const number of numbers) {
    (await unpack(`chunk-${number}`)).forEach((story, place) => {
      const words = found[places.get(`${number}/${place}`)];
      words.push(story.first, ...story.steps.flatMap((step) => [step.action, step.seen]));
      if (blind) return;
      for (const step of story.steps) {
        words.push(...step.labels.map((label) => label[1]));
        if (step.model) words.push(step.model.reason);
        if (step.anew) words.push(...step.anew.texts.map(([text]) => text));
      }
      for (const window of story.windows) words.push(window.summary, window.suggestion);
    });
  }
  return found.map((words) => words.join("\n").toLowerCase());
}
