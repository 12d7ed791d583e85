"""``python -m lfm.push policy=DIR repo=NAME``: a policy or feedback model to the hub."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import HfApi

from envs.errors import UserError
from lfm.card import run_of, write_cards
from lfm.cli import run_command
from lfm.layout import DONE_FILE, WORK_FOLDER
from lfm.progress import say
from lfm.reading_config import PushConfig
from policies.pretrained import architecture
from policies.tuned import LAST

_ADAPTER = "adapter_config.json"


def main(config: PushConfig) -> str:
    """Upload config, weights, tokenizer and card; makes the repository if there is none.

    Returns:
        The address of the commit.

    Raises:
        UserError: if the folder holds no model, or one that others could not use, or the hub
            refuses it.
    """
    folder = Path(config.policy.path)
    if architecture(folder) is None:
        raise UserError(
            f"no model in {folder}: name a folder such as RUN/policies/lfm2 or "
            "RUN/feedback_model/round1"
        )
    if (folder / _ADAPTER).is_file():
        raise UserError(
            f"{folder} holds an adapter to a model in a folder of this machine, where nobody else "
            "finds it; train with policy.merge=true or feedback_model.merge=true, and push that"
        )
    run = run_of(folder)
    if run is not None:
        write_cards(run)
    try:
        hub = HfApi()
        name = hub.create_repo(config.repo, private=config.private, exist_ok=True).repo_id
        commit = hub.upload_folder(
            repo_id=name,
            folder_path=folder,
            ignore_patterns=[DONE_FILE, f"{WORK_FOLDER}/*", f"{LAST}/*"],
            commit_message=f"{folder.resolve().name}, trained by LFM",
        )
    except Exception as error:  # the hub's client and what it speaks with have many of their own
        reason = (str(error) or repr(error)).splitlines()[0]
        raise UserError(
            f"repo: {config.repo} was not written ({reason}); check the name, and that "
            "HF_TOKEN holds a token that may write, or log in by: hf auth login"
        ) from error
    say(f"{folder} is at {commit.repo_url}")
    return str(commit.commit_url)


if __name__ == "__main__":
    run_command(main, "push")
