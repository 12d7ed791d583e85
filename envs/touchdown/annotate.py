"""Look for phrases in the panoramas and write what was found to a scores file.

From pictures, with a CLIP model:

    python -m envs.touchdown.annotate GRAPH OUT.parquet --panoramas DIR --routes FILE

From features that others have published, with neither pictures nor a model:

    python -m envs.touchdown.annotate GRAPH OUT.parquet --lfm-features DIR
    python -m envs.touchdown.annotate GRAPH OUT.parquet --velma-features DIR

GRAPH is the folder of the street graph. `env.landmarks=OUT.parquet` then shows what was found. A
command that was stopped goes on where it was when it is given again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console
from rich.progress import track

from envs.errors import UserError
from envs.files import naming_errors
from envs.touchdown.graph import StreetGraph
from envs.touchdown.landmarks import released
from envs.touchdown.landmarks.clip import Clip, Embedded, Vectors, best_phrases, embed_panoramas
from envs.touchdown.landmarks.phrases import phrases_of, read_phrases
from envs.touchdown.landmarks.scores import Measure, Scope, View, write_scores
from envs.touchdown.routes import read_routes

PAPER_MODEL = "openai/clip-vit-large-patch14"
"""The model of the LFM paper's annotator."""

AT_ONCE = 4
"""Panoramas given to the model together: 120 parts."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Annotate; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        graph = StreetGraph.load(options.graph)
        annotated = _annotate(options, graph)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped; the same command goes on from here.\n")
        return 130
    sys.stdout.write(f"{options.out}: {annotated:,} of the graph's {len(graph):,} panoramas\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("graph", metavar="GRAPH", type=Path, help="folder of the street graph")
    parser.add_argument("out", metavar="OUT", type=Path, help="the scores file to write")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--panoramas", metavar="DIR", type=Path, help="pictures named ID.jpg")
    source.add_argument("--lfm-features", metavar="DIR", type=Path, help="the LFM paper's")
    source.add_argument("--velma-features", metavar="DIR", type=Path, help="VELMA's")
    phrases = parser.add_mutually_exclusive_group()
    phrases.add_argument("--phrases", metavar="FILE", type=Path, help="one phrase on each line")
    phrases.add_argument(
        "--routes", metavar="FILE", type=Path, nargs="+", help="take the phrases of instructions"
    )
    parser.add_argument("--model", default=PAPER_MODEL, help="folder or name; %(default)s")
    parser.add_argument("--device", help="such as cpu or cuda; the first GPU if there is one")
    return parser


def _annotate(options: argparse.Namespace, graph: StreetGraph) -> int:
    """Write the scores file; returns the number of panoramas in it."""
    if options.velma_features:
        return _from_velma(options, graph)
    if options.lfm_features:
        return _from_lfm(options, graph)
    return _from_pictures(options, graph)


def _from_pictures(options: argparse.Namespace, graph: StreetGraph) -> int:
    files = _files(options.panoramas, ".jpg", graph)
    phrases = _phrases(options, graph)
    settings = {"model": str(options.model), "phrases": _hash(phrases), "graph": graph.fingerprint}
    with _Unfinished(options.out, settings) as unfinished:
        left = [file for file in files if file.stem not in unfinished.done]
        if left:
            clip = Clip(options.model, options.device)
            vectors = clip.embed_phrases(phrases)
            batches = [left[start : start + AT_ONCE] for start in range(0, len(left), AT_ONCE)]
            for batch in track(batches, "annotating", console=Console(stderr=True)):
                seen = embed_panoramas(batch, clip)
                unfinished.add(_best(seen, graph, phrases, vectors))
        _write_best(options.out, unfinished.done.items(), str(options.model), len(phrases))
    unfinished.remove()
    return len(files)


def _from_lfm(options: argparse.Namespace, graph: StreetGraph) -> int:
    folder = options.lfm_features
    ids = [file.stem for file in _files(folder / released.LFM_PANORAMAS, ".pt", graph)]
    phrases, vectors = released.lfm_phrases(folder)
    seen = track(
        released.lfm_panoramas(folder, ids), "reading", len(ids), console=Console(stderr=True)
    )
    found = _best(seen, graph, phrases, vectors)
    _write_best(options.out, found, f"LFM's features ({PAPER_MODEL})", len(phrases))
    return len(ids)


def _from_velma(options: argparse.Namespace, graph: StreetGraph) -> int:
    features = released.Velma(options.velma_features)
    known = [pano for pano in features.panos if pano in graph.index]
    panos = track(known, "reading", console=Console(stderr=True))
    threshold = Measure.STANDARDISED.threshold
    write_scores(
        options.out,
        ((pano, features.views(pano, threshold)) for pano in panos),
        measure=Measure.STANDARDISED,
        scope=Scope.INSTRUCTION,
        annotator="VELMA's features",
    )
    return len(known)


def _best(
    seen: Iterable[Embedded], graph: StreetGraph, phrases: Sequence[str], vectors: Vectors
) -> Iterator[tuple[str, list[View]]]:
    for each in seen:
        yaw = graph.yaws[graph.index[each.pano]]
        yield each.pano, best_phrases(each, yaw, phrases, vectors)


def _write_best(
    out: Path, found: Iterable[tuple[str, list[View]]], model: str, phrases: int
) -> None:
    annotator = f"{model}, best of {phrases} phrases in each part"
    write_scores(out, found, measure=Measure.COSINE, scope=Scope.ALL, annotator=annotator)


def _phrases(options: argparse.Namespace, graph: StreetGraph) -> list[str]:
    """The phrases to look for."""
    if options.phrases:
        return read_phrases(options.phrases)
    if not options.routes:
        raise UserError(
            "what to look for in the pictures is missing; name --phrases FILE or --routes FILE."
        )
    routes = [route for file in options.routes for route in read_routes(file, graph)]
    return phrases_of(route.instruction for route in routes)


def _files(folder: Path, suffix: str, graph: StreetGraph) -> list[Path]:
    """The files of the graph's panoramas in a folder, by name."""
    files = sorted(file for file in folder.glob(f"*{suffix}") if file.stem in graph.index)
    if not files:
        raise UserError(
            f"{folder} has no file ID{suffix} of a panorama of the street graph; check the folder."
        )
    return files


def _hash(phrases: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(phrases).encode()).hexdigest()[:16]


class _Unfinished:
    """What was found so far, in a file beside the one to be written: JSON lines.

    Raises:
        UserError: if the file is of a command with other settings, or damaged.
    """

    def __init__(self, out: Path, settings: dict[str, str]) -> None:
        self._path = out.with_name(f"{out.name}.unfinished")
        self.done: dict[str, list[View]] = {}
        with naming_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a+", encoding="utf-8")
        self._file.seek(0)
        lines = self._file.read().split("\n")[:-1]  # what has no end of line was cut off
        self._file.truncate(sum(len(line.encode()) + 1 for line in lines))
        header = json.dumps(settings)
        if not lines:
            self._write([header])
        elif lines[0] != header:
            self._refuse("was begun with another model, graph or phrases")
        self._read(lines[1:])

    def __enter__(self) -> _Unfinished:
        return self

    def __exit__(self, *_: Any) -> None:
        self._file.close()

    def add(self, found: Iterable[tuple[str, list[View]]]) -> None:
        """Keep what was found; when this returns it is on the disk."""
        new = dict(found)
        self.done.update(new)
        self._write([json.dumps(pair) for pair in new.items()])

    def remove(self) -> None:
        """Delete the file."""
        self._path.unlink()

    def _read(self, lines: Sequence[str]) -> None:
        try:
            for line in lines:
                pano, views = json.loads(line)
                self.done[pano] = [View(*view) for view in views]
        except (ValueError, TypeError):
            self._refuse("is damaged")

    def _refuse(self, reason: str) -> NoReturn:
        self._file.close()
        raise UserError(f"{self._path} {reason}; delete it, or write to another file.")

    def _write(self, lines: Iterable[str]) -> None:
        with naming_errors(self._path):
            self._file.write("".join(f"{line}\n" for line in lines))
            self._file.flush()
            os.fsync(self._file.fileno())


if __name__ == "__main__":
    sys.exit(main())
