"""A policy on its way to another machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lfm.builders import load_learned
from policies.base import Policy
from policies.causal.policy import CausalPolicy
from policies.small import SmallPolicy
from policies.windowed import WindowedPolicy
from policies.writing.policy import WriterPolicy


@dataclass(frozen=True)
class PackedPolicy:
    """The files of a learned policy.

    Tensors are not pickled: they would come back on the device that they were on, which the other
    machine need not have.

    Attributes:
        name: of the policy.
        temperature: with which it acts.
        files: name -> content, as :meth:`policies.learned.LearnedPolicy.save` wrote them.
    """

    name: str
    temperature: float
    files: dict[str, bytes]

    def unpack(self) -> Policy:
        """The policy, on the device of this machine."""
        with TemporaryDirectory(prefix="lfm-policy-") as place:
            folder = Path(place) / self.name
            folder.mkdir()
            for name, content in self.files.items():
                (folder / name).write_bytes(content)
            return load_learned(folder, self.temperature)


def pack(policy: Policy) -> Policy | PackedPolicy:
    """A learned policy as files; any other is small enough to be pickled as it is."""
    if not isinstance(policy, (SmallPolicy, WindowedPolicy, CausalPolicy, WriterPolicy)):
        return policy
    with TemporaryDirectory(prefix="lfm-policy-") as place:
        policy.save(Path(place))
        files = {file.name: file.read_bytes() for file in Path(place).iterdir()}
    return PackedPolicy(policy.name, policy.temperature, files)
