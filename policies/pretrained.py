"""Reading models that ``save_pretrained`` wrote, so that nothing else passes for one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

from huggingface_hub import snapshot_download
from transformers import PretrainedConfig, PreTrainedModel

from envs.errors import UserError

Model = TypeVar("Model", bound=PreTrainedModel)

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_FILES = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
"""What a model and its tokenizer are made of; weights in other formats are not read."""


def model_folder(path: str, group: str = "policy") -> Path:
    """The folder of a pretrained model.

    Args:
        path: the folder, or a name on the Hugging Face hub such as ``google/flan-t5-large``, which
            is downloaded unless it has been before.
        group: what names it in the settings, ``policy`` or ``feedback_model``.

    Raises:
        UserError: if there is no such folder and the hub has no such model, or is out of reach.
    """
    if Path(path).is_dir() or not _HUB_NAME.fullmatch(path):
        return Path(path)
    try:
        return Path(snapshot_download(path, allow_patterns=_FILES))
    except Exception as error:  # the hub's client has many of its own
        reason = (str(error) or repr(error)).splitlines()[0]
        raise UserError(
            f"{group}.path: there is no folder {path}, and no model of that name comes from the "
            f"Hugging Face hub ({reason}); name the folder of a model"
        ) from error


def architecture(folder: Path) -> str | None:
    """The class whose weights ``save_pretrained`` wrote there; None if none is named."""
    try:
        facts, _ = PretrainedConfig.get_config_dict(folder, local_files_only=True)
    except (OSError, ValueError):
        return None
    return next(iter(facts.get("architectures") or ()), None)


def load_model(kind: type[Model], folder: Path, what: str, example: str) -> Model:
    """The model in a folder.

    Args:
        kind: its class.
        folder: where ``config.json`` and the weights are.
        what: what it is, for error messages, e.g. ``"policy"``.
        example: a folder such as the user should have named.

    Raises:
        UserError: if the folder holds no such model, or one of another class.
    """
    if not (folder / "config.json").is_file():
        raise UserError(
            f"no {what} in {folder}: it has no config.json; name a folder such as {example} "
            "that a run has written"
        )
    try:
        facts, _ = PretrainedConfig.get_config_dict(folder, local_files_only=True)
        found = facts.get("architectures") or ["model without a name"]
        if found == [kind.__name__]:
            model: Model = kind.from_pretrained(folder, local_files_only=True, use_safetensors=True)
            return _in_own_memory(model)
    except Exception as error:  # the readers of configurations and weights have many of their own
        raise UserError(f"the {what} in {folder} cannot be read: {error}") from error
    raise UserError(
        f"no {what} in {folder}: it holds a {found[0]}; name a folder such as {example} that a "
        "run has written"
    )


def _in_own_memory(model: Model) -> Model:
    """Copy the weights out of the mapped file, where they begin at odd addresses.

    Kernels sum in another order over such weights, so that with several threads a loaded model
    would differ in the last bit from the model that was saved.
    """
    for parameter in model.parameters():
        parameter.data = parameter.data.clone()
    return model
