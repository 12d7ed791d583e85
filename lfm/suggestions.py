"""A critic's suggestions, each tried in the state that it is about.

A step that the feedback model does not keep can only be left out, so a policy never learns from it
what it should have done. Where the critic said that, it is done: the episode is played again, at
the step the simulator is left as it is found, and what comes of the suggestion is judged as the
policy's own steps are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from envs.base import TextEnv
from envs.record import Step, Trajectory, frozen
from lfm.chat_actor import matched
from lfm.corrections import Place
from lfm.critics.again import play_again
from lfm.critics.base import Advance, WindowFeedback, unfollowed
from lfm.store import Advice, Judgement, Speaker

Judge = Callable[[Sequence[Trajectory]], list[Judgement]]
"""Judges every step of some episodes, in order."""


def suggested(
    feedback: Iterable[WindowFeedback], judgements: Iterable[Judgement]
) -> dict[Place, str]:
    """What a critic would have done, in the places of steps that are not kept."""
    left = {(each.trajectory_id, each.step) for each in judgements if not each.kept}
    return {
        place: label.instead
        for window in feedback
        for label in window.steps
        if label.instead and (place := (window.trajectory_id, label.step)) in left
    }


class SuggestionAdvisor:
    """Tries suggestions, and passes on those that are worth imitating.

    A suggestion is tried if it means an action that is admissible in its state, and passed on if
    the judge keeps the step that came of it.

    Args:
        env: over the tasks that the episodes are of; it declares snapshots.
        critic: who made the suggestions.
        suggestions: what is suggested, and where.
        judge: of what comes of them.
    """

    def __init__(
        self, env: TextEnv, critic: Speaker, suggestions: Mapping[Place, str], judge: Judge
    ) -> None:
        self.name, self.privileged = critic
        self._env = env
        self._suggestions = suggestions
        self._judge = judge

    def advise(self, episodes: Sequence[Trajectory], advance: Advance = unfollowed) -> list[Advice]:
        """The suggestions that hold, in order.

        Raises:
            UserError: if an episode does not replay as it was recorded.
        """
        advice: list[Advice] = []
        for episode in episodes:
            tried = list(self._try(episode))
            judgements = iter(self._judge(tried))
            for each in tried:
                *_, last = islice(judgements, len(each.steps))
                if last.kept:
                    end = len(each.steps)
                    advice.append(Advice(episode.trajectory_id, end, each.steps[-1].action))
            advance(1)
        return advice

    def _try(self, episode: Trajectory) -> Iterator[Trajectory]:
        """For each suggestion, the episode up to its state, and then what came of it."""
        moments = zip(episode.steps, play_again(self._env, episode), strict=False)
        for at, (step, info) in enumerate(moments):
            text = self._suggestions.get((episode.trajectory_id, at + 1), "")
            admissible = info["admissible_actions"]
            action = matched(text, admissible) if text else None
            if action is None or action == step.action:
                continue
            here = self._env.snapshot()
            observation, _, _, _, after = self._env.step(action)
            self._env.restore(here)
            other = Step(action, observation, frozen(admissible), float(after["score"]))
            yield replace(
                episode,
                trajectory_id=f"{episode.trajectory_id}+{at + 1}",
                steps=(*episode.steps[:at], other),
                success=bool(after["success"]),
            )
