"""Parquet tables with a schema name and version inside the file, written atomically."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from envs.errors import UserError
from envs.files import replacing

_NAME = b"lfm.schema"
_VERSION = b"lfm.schema_version"
_EPISODE = "trajectory_id"
"""Column that names the episode that a row is of, or about."""
_ROWS_PER_GROUP = 512
"""Rows turned into Arrow at a time, which bounds the memory of a writer fed by a generator."""


def versioned(name: str, version: int, schema: pa.Schema) -> pa.Schema:
    """``schema`` with its name and version in the metadata, where every Parquet reader sees it."""
    return schema.with_metadata({_NAME: name.encode(), _VERSION: str(version).encode()})


def write_rows(path: Path, schema: pa.Schema, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows as a zstd-compressed Parquet file.

    Args:
        path: the file; replaced if it exists.
        schema: made by :func:`versioned`.
        rows: one dictionary per row with exactly the schema's columns.

    Raises:
        UserError: if the file cannot be written.
    """
    remaining = iter(rows)
    with (
        replacing(path) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as writer,
    ):
        while group := list(islice(remaining, _ROWS_PER_GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))


def read_rows(
    path: Path,
    schema: pa.Schema,
    older: Sequence[pa.Schema] = (),
    only: Collection[str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Read the rows of a file that :func:`write_rows` wrote with the same schema.

    Args:
        path: the file.
        schema: made by :func:`versioned`.
        older: schemas of earlier versions, whose files are read as well; their rows have the
            columns of their own schema.
        only: episodes whose rows are wanted, by ``trajectory_id``; what holds none of them is
            not unpacked. None for all rows.

    Raises:
        UserError: if the file is missing, unreadable, damaged, or of another schema or version.
    """
    with _opened(path, schema, older) as file:
        if only is None:
            for batch in file.iter_batches(batch_size=_ROWS_PER_GROUP):
                yield from batch.to_pylist()
            return
        for number in range(file.num_row_groups):
            ids = file.read_row_group(number, columns=[_EPISODE])[_EPISODE].to_pylist()
            if found := [at for at, each in enumerate(ids) if each in only]:
                group = file.read_row_group(number)
                # Row by row, as a mask would be made by way of pandas, which is slow to import.
                yield from (group.slice(at, 1).to_pylist()[0] for at in found)


def read_columns(
    path: Path, schema: pa.Schema, columns: Sequence[str], older: Sequence[pa.Schema] = ()
) -> pa.Table:
    """Some columns of a file, which takes a small part of the time that its rows take.

    Args:
        path: the file.
        schema: made by :func:`versioned`.
        columns: their names; ``"steps.score"`` is the field ``score`` of the structs in a list.
        older: schemas of earlier versions, whose files are read as well.

    Raises:
        UserError: if the file is missing, unreadable, damaged, or of another schema or version.
    """
    with _opened(path, schema, older) as file:
        # Writers differ in what they call the elements of a list.
        leaves = [file.schema.column(at).path for at in range(len(file.schema))]
        names = {f"{leaf.split('.')[0]}.{leaf.rpartition('.')[2]}": leaf for leaf in leaves}
        return file.read(columns=[names.get(name, name) for name in columns])


@contextmanager
def _opened(path: Path, schema: pa.Schema, older: Sequence[pa.Schema]) -> Iterator[pq.ParquetFile]:
    """The file, if it is of the schema; errors while it is read become sentences."""
    try:
        with pq.ParquetFile(path) as file:
            found = file.schema_arrow
            _check_schema(path, found, _same_version(found, older) or schema)
            yield file
    except FileNotFoundError as error:
        raise UserError(f"there is no file {path}; check the path") from error
    except (OSError, pa.ArrowException) as error:
        raise UserError(
            f"{path} is damaged or not a Parquet file ({_first_line(error)}); "
            "restore it, or delete it and make it again"
        ) from error


def _same_version(found: pa.Schema, schemas: Sequence[pa.Schema]) -> pa.Schema | None:
    """The schema among several that has the name and version of the one found."""
    metadata = found.metadata or {}
    for schema in schemas:
        if all(metadata.get(key) == schema.metadata[key] for key in (_NAME, _VERSION)):
            return schema
    return None


def _check_schema(path: Path, found: pa.Schema, wanted: pa.Schema) -> None:
    metadata, expected = found.metadata or {}, wanted.metadata
    name, version = metadata.get(_NAME, b"").decode(), metadata.get(_VERSION, b"").decode()
    wanted_name, wanted_version = expected[_NAME].decode(), expected[_VERSION].decode()
    if name != wanted_name:
        kind = f"holds {name}" if name else "was not written by LFM"
        raise UserError(f"{path} {kind}, but a file of {wanted_name} is needed; check the path")
    if version != wanted_version:
        raise UserError(
            f"{path} has version {version} of the {name} format and this LFM reads version "
            f"{wanted_version}; make the file again, or read it with the LFM that wrote it"
        )
    if not found.equals(wanted):
        raise UserError(
            f"{path} says it holds {name} version {version} but its columns are others "
            f"({', '.join(found.names)}); restore it, or delete it and make it again"
        )


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
