"""The admissible actions of a state as a tree of tokens: what they share is there once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ROOT = -1
"""Stands for where the tree begins: the last token of the context."""


class ActionTree:
    """Actions whose common beginnings are one.

    A token that ends an action is predicted but never read, so it is an edge without a node.

    Args:
        replies: tokens of each action, int32, each at least one.

    Attributes:
        tokens: int32 (nodes,): what is read.
        parents: int64 (nodes,): the node before each, or :data:`ROOT`; always an earlier one.
        depths: int64 (nodes,): tokens between the context and each.
        edge_parents: int64 (edges,): after which node each edge's token is predicted.
        edge_tokens: int64 (edges,): the token.

    Example:
        >>> tree = ActionTree([np.array([5, 1]), np.array([5, 6, 1])])
        >>> tree.tokens.tolist(), tree.edge_tokens.tolist()
        ([5, 6], [5, 1, 6, 1])
    """

    def __init__(self, replies: Sequence[np.ndarray]) -> None:
        self._edges: dict[tuple[int, int], int] = {}
        self._nodes: dict[int, int] = {}
        self._paths = [self._follow(reply.tolist()) for reply in replies]
        edges = np.array(list(self._edges), dtype=np.int64).reshape(-1, 2)
        self.edge_parents, self.edge_tokens = edges[:, 0], edges[:, 1]
        read = np.array(list(self._nodes), dtype=np.int64)
        self.tokens = self.edge_tokens[read].astype(np.int32)
        self.parents = self.edge_parents[read]
        self.depths = np.zeros(len(read), np.int64)
        for node, parent in enumerate(self.parents.tolist()):
            self.depths[node] = 0 if parent == ROOT else self.depths[parent] + 1

    def _follow(self, reply: list[int]) -> list[int]:
        """The edges of an action; makes those that are not there, and their nodes."""
        at, path = ROOT, []
        for left, token in enumerate(reply, start=1 - len(reply)):
            edge = self._edges.setdefault((at, token), len(self._edges))
            path.append(edge)
            if left:
                at = self._nodes.setdefault(edge, len(self._nodes))
        return path

    def sees(self) -> np.ndarray:
        """Which nodes each sees, those before it and itself: bool (nodes, nodes)."""
        seen = np.eye(len(self.tokens), dtype=bool)
        for node, parent in enumerate(self.parents.tolist()):
            if parent != ROOT:
                seen[node] |= seen[parent]
        return seen

    def means(self, log_probs: np.ndarray) -> np.ndarray:
        """The mean log-probability per token of each action, its last one among them.

        Args:
            log_probs: of each edge, float64 (edges,).

        Returns:
            float64 (actions,).
        """
        return np.array([log_probs[path].mean() for path in self._paths])

    def walk(self, reply: np.ndarray) -> list[int]:
        """The nodes that a reply leads along, as far as it does; without its last token."""
        at, path = ROOT, []
        for token in reply[:-1].tolist():
            edge = self._edges.get((at, token), -1)
            if edge not in self._nodes:
                break
            at = self._nodes[edge]
            path.append(at)
        return path
