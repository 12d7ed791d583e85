"""Weights, gradients and optimiser of which every process has a part: accelerate's FSDP, version 2.

What is split is a copy, made of a model in the processors' memory and layer by layer, so that no
GPU ever holds the whole; after training its weights go back into the model. PyTorch's own
``fully_shard`` splits, on processors as on GPUs: accelerate's preparation knows only the latter.
"""

from __future__ import annotations

import copy
import os
from functools import partial
from typing import cast

import torch
from accelerate import PartialState
from accelerate.utils import FullyShardedDataParallelPlugin, parse_flag_from_env
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from transformers import PreTrainedModel

from envs.errors import UserError
from policies.tuning import device

_REFUSED = ("DEEPSPEED", "MEGATRON_LM", "PARALLELISM_CONFIG")


def check_launch() -> None:
    """Refuse ways of sharing a training that are not ours.

    Raises:
        UserError: if accelerate was started with one of them.
    """
    for name in _REFUSED:
        if parse_flag_from_env(f"ACCELERATE_USE_{name}"):
            raise UserError(
                f"accelerate: a training is not shared by {name.lower()}; to split weights among "
                "processes use --use_fsdp --fsdp_version 2"
            )
    if not parse_flag_from_env("ACCELERATE_USE_FSDP"):
        return
    if os.environ.get("FSDP_VERSION", "1") != "2":
        raise UserError("accelerate: weights are split by FSDP 2 alone; add --fsdp_version 2")
    if parse_flag_from_env("FSDP_OFFLOAD_PARAMS"):
        raise UserError(
            "accelerate: weights that are split stay on their device; leave out "
            "--fsdp_offload_params, and start more processes or set policy.rank=16 for memory"
        )


def split(loss: nn.Module) -> nn.Module:
    """A copy of a loss whose model's weights are split among the processes, each layer by itself.

    Args:
        loss: its ``model`` is one of transformers'.
    """
    mesh = init_device_mesh(device().type, (PartialState().num_processes,))
    again = FullyShardedDataParallelPlugin().reshard_after_forward
    shard = partial(fully_shard, mesh=mesh, reshard_after_forward=again)
    parts = copy.deepcopy(loss)
    layers = cast("PreTrainedModel", parts.get_submodule("model"))._no_split_modules or ()
    for module in list(parts.modules()):
        if type(module).__name__ in layers:
            shard(module)
    shard(parts)
    return parts


@torch.no_grad()
def put_together(parts: nn.Module, loss: nn.Module) -> None:
    """Give the model of a loss the weights that its copy by :func:`split` has learned."""
    learned = dict(parts.named_parameters())
    for name, weight in loss.named_parameters():
        if weight.requires_grad:
            weight.copy_(whole(learned[name]))


def fold(parts: nn.Module) -> None:
    """Leave each process its part alone; without a backward pass some layers stay whole."""
    for module in parts.modules():
        if isinstance(module, FSDPModule):
            module.reshard()


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor, in the processors' memory if it is split; then all processes call this."""
    return tensor.full_tensor().cpu() if isinstance(tensor, DTensor) else tensor


def part_of(tensor: Tensor, like: Tensor) -> Tensor:
    """This process's part of a whole tensor, if ``like`` is split; otherwise the tensor."""
    if not isinstance(like, DTensor):
        return tensor
    here = tensor.to(like.device)
    return distribute_tensor(here, like.device_mesh, like.placements, src_data_rank=None)
