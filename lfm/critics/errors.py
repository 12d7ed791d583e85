"""Errors that a critic is told to make, so that one can see what a fallible critic does."""

from __future__ import annotations

import random

from envs.errors import UserError


class Errors:
    """Which steps a critic errs on. This depends on episode and step alone, not on the order.

    Args:
        miss_rate: part of the productive steps that it wrongly calls unproductive.
        false_alarm_rate: part of the unproductive steps that it wrongly calls productive.
        seed: which steps it errs on.

    Raises:
        UserError: a rate is not between 0 and 1.
    """

    def __init__(self, miss_rate: float, false_alarm_rate: float, seed: int) -> None:
        for name, rate in (("miss_rate", miss_rate), ("false_alarm_rate", false_alarm_rate)):
            if not 0.0 <= rate <= 1.0:
                raise UserError(f"critic.{name}={rate} is no rate: choose one between 0 and 1.")
        self._rates = {True: miss_rate, False: false_alarm_rate}
        self._seed = seed

    def said(self, trajectory_id: str, step: int, productive: bool) -> bool:
        """Whether the critic calls a step productive that is so, or is not."""
        chance = random.Random(f"{self._seed}/{trajectory_id}/{step}").random()
        return productive != (chance < self._rates[productive])
