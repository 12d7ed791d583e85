"""Speed-ups for the installed TextWorld engine that cannot change what it says.

The stock engine spends nearly all of its time computing the same pure functions again: every
step it parses the same templates and queries with a parser generator, copies the same contexts
deeply and sorts the same facts; every reset it translates the same PDDL. Here each of these is
remembered by *everything it depends on*, and nothing else is changed: the planner library that
holds the game's state, the derivation of sentences and the list of commands are TextWorld's own.

============================ ==================================================================
what                         remembered by
============================ ==================================================================
PDDL -> SAS translation      text of domain and problem. The second, optimised translation only
                             serves ``PddlState.replan``, which this engine never asks for; the
                             first one stands in for it (it poses the same problem).
template and query parses    their text
``eval`` of an expression    compiled code by its text; it is evaluated afresh every time
deep copies of contexts      become shallow: names and variables are never written to in play
query results                query, variables bound so far, contents of the fact sets read
sentences                    start symbol, variables bound, contents of the fact sets read
sorted facts of a signature  contents of that fact set
ground actions               operator number within one translated game
debugging flags              their name (the environment variables are read once)
============================ ==================================================================

The replacements are module globals of TextWorld, swapped in by :func:`applied` while the engine
runs and swapped out again, so that a stock engine in the same process stays stock.
"""

from __future__ import annotations

import builtins
import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from types import CodeType, ModuleType
from typing import Any

import fast_downward
import textworld.logic as tw_logic
from textworld.envs.pddl import logic as pddl_logic
from textworld.envs.pddl import textgen
from textworld.utils import check_flag

MAX_REMEMBERED = 50_000
"""Answers kept per loaded game before all are forgotten, which bounds memory in long play."""

_stock_load_lib = fast_downward.load_lib
_stock_parse = textgen._parse_and_convert
_stock_pddl2sas = fast_downward.pddl2sas
_idle_libraries: list[Any] = []


def _load_library() -> Any:
    """A private copy of the planner library; loading a game resets all of its state."""
    return _idle_libraries.pop() if _idle_libraries else _stock_load_lib()


def give_back(library: Any) -> None:
    """Keep the library of a closed engine for the next one (a copy takes 34 MB and 80 ms)."""
    _idle_libraries.append(library)


@lru_cache(maxsize=4)
def _translation(domain: str, problem: str) -> tuple[Any, str]:
    collecting = gc.isenabled()
    gc.disable()  # a hundred thousand live objects are created, none of them in a cycle
    try:
        task, sas = _stock_pddl2sas(domain, problem)
    finally:
        if collecting:
            gc.enable()
    return task, sas


def _translate(
    domain: str, problem: str, verbose: bool = False, optimize: bool = False
) -> tuple[Any, str]:
    """``fast_downward.pddl2sas``, remembered; see the table above for ``optimize``."""
    return _translation(domain, problem)


def _shallow(value: Any) -> Any:
    """Stands in for ``deepcopy`` where TextWorld copies symbols and contexts.

    A symbol's own attributes are written to later (its context), so symbols are new objects down
    to the symbols inside them; what they refer to is only ever read.
    """
    if isinstance(value, textgen.Symbol):
        copy = object.__new__(type(value))
        copy.__dict__.update(value.__dict__)
        for name in ("symbol", "expression"):
            inner = copy.__dict__.get(name)
            if isinstance(inner, textgen.Symbol):
                copy.__dict__[name] = _shallow(inner)
        return copy
    if isinstance(value, list):
        return [_shallow(item) for item in value]
    return dict(value)


@cache
def _parsed(text: str, rule_name: str) -> Any:
    return _stock_parse(text, rule_name=rule_name)


def _parse(text: str, rule_name: str, trace: bool = False) -> Any:
    """``textgen._parse_and_convert``, remembered by its text; callers get their own copy."""
    return _shallow(_parsed(text, rule_name))


@cache
def _code(expression: str) -> CodeType:
    return compile(expression.strip(), "<grammar>", "eval")


class _EvalSymbol(textgen.EvalSymbol):  # type: ignore[misc]  # textworld has no type hints
    """Evaluates its expression over the context's variables, and over nothing else.

    TextWorld would also let it see its own local variables; an expression that used them could
    not be remembered, and fails here with a ``NameError``. No ALFWorld game has one. TextWorld
    hands the variables over by writing to ``locals()``, which Python 3.13 ignores.
    """

    def derive(self, context: Mapping[str, Any] | None = None) -> list[Any]:
        variables = dict((context or self.context)["variables"])
        return [textgen.TerminalSymbol(eval(_code(self.expression), {}, variables))]


class _Queries:
    """Stands in for ``Rule`` where sentences are derived; there it only parses queries."""

    parse_conjunctive_query = staticmethod(cache(tw_logic.Rule.parse_conjunctive_query))


class _Sorted(tuple):  # type: ignore[type-arg]
    """Facts in sorted order."""


def _sorted(values: Any) -> list[Any]:
    """``sorted``, except that what is known to be sorted is not sorted again."""
    return list(values) if type(values) is _Sorted else sorted(values)


def _order(prop: Any) -> tuple[Any, ...]:
    """The order of ``Proposition.__lt__`` as a sort key."""
    return (prop.name, [(var.name, var.type) for var in prop.arguments])


class _Binding(dict):  # type: ignore[type-arg]
    """The variables of a ground action, with a hashable key that stands for them."""

    def __init__(self, mapping: Mapping[Any, Any]) -> None:
        super().__init__(mapping)
        self.key = tuple(mapping.items())


def _key(mapping: Mapping[Any, Any]) -> tuple[Any, ...]:
    return mapping.key if type(mapping) is _Binding else tuple(mapping.items())


class _Action(tw_logic.Action):  # type: ignore[misc]
    """A ground action; as in TextWorld, its ``command_template`` is written to later."""

    def format_command(self, mapping: Mapping[str, str] | None = None) -> str:
        template: str = self.command_template
        if "{" not in template and "}" not in template:
            return template  # what str.format would return, without passing it every name
        formatted: str = super().format_command(mapping)
        return formatted

    def copy(self) -> _Action:
        copy = object.__new__(_Action)
        copy.__dict__.update(self.__dict__)
        return copy


class _Memo:
    """What was computed from a state, by the contents of the fact sets that were read for it.

    A result is found again only if the same question was asked before when every fact set that
    answering it read had the same contents as now.
    """

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}
        self.reads: dict[Any, list[tuple[Any, ...]]] = {}
        self.results: dict[Any, Any] = {}

    def number(self, content: frozenset[Any]) -> int:
        """A small number that stands for the contents of a fact set."""
        return self.numbers.setdefault(content, len(self.numbers))

    def ask(self, state: _State, question: Any, compute: Callable[[], Any]) -> Any:
        for reads in self.reads.get(question, ()):
            key = (question, reads, tuple([state.content(sig) for sig in reads]))
            if key in self.results:
                state.reads.update(reads)
                return self.results[key]
        outer, state.reads = state.reads, set()
        result = compute()
        reads = tuple(state.reads)
        state.reads |= outer
        if len(self.results) >= MAX_REMEMBERED:
            self.results.clear()
        self.results[question, reads, tuple([state.content(sig) for sig in reads])] = result
        if reads not in (known := self.reads.setdefault(question, [])):
            known.append(reads)
        return result


class _Grammar(textgen.ContextSensitiveGrammar):  # type: ignore[misc]
    """Remembers whole sentences.

    A sentence depends on the start symbol, the variables bound (``context["variables"]`` follows
    from ``context["mapping"]`` and the game's names), and the facts that its queries read.
    """

    def __init__(self) -> None:
        super().__init__()
        self.memo = _Memo()

    def derive(self, start: str, context: Mapping[str, Any]) -> str:
        question = (start, _key(context["mapping"]))
        stock = super().derive
        sentence: str = self.memo.ask(context["state"], question, lambda: stock(start, context))
        return sentence


class _Logic(pddl_logic.GameLogic):  # type: ignore[misc]
    """A game's logic, with what is remembered about the game."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.ground: dict[int, _Action] = {}
        super().__init__(*args, **kwargs)


class _State(pddl_logic.PddlState):  # type: ignore[misc]
    """``PddlState`` that notices which fact sets change and which are read."""

    def __init__(self, library: Any, problem: str, logic: _Logic) -> None:
        self.reads: set[Any] = set()
        self._all_facts: tuple[Any, ...] | None = None
        self._sorted_facts: dict[Any, _Sorted] = {}
        self._contents: dict[Any, int] = {}
        super().__init__(library, problem, logic)

    def _changed(self, signature: Any) -> None:
        self._all_facts = None
        self._sorted_facts.pop(signature, None)
        self._contents.pop(signature, None)

    def add_fact(self, prop: Any) -> None:
        if prop not in self._facts.get(prop.signature, ()):
            self._changed(prop.signature)
        super().add_fact(prop)

    def remove_fact(self, prop: Any) -> None:
        if prop in self._facts.get(prop.signature, ()):
            self._changed(prop.signature)
        super().remove_fact(prop)

    @property
    def facts(self) -> tuple[Any, ...]:
        if self._all_facts is None:
            self._all_facts = tuple(super().facts)
        return self._all_facts

    def facts_with_signature(self, sig: Any) -> _Sorted:
        self.reads.add(sig)
        if sig not in self._sorted_facts:
            facts = super().facts_with_signature(sig)
            self._sorted_facts[sig] = _Sorted(sorted(facts, key=_order))
        return self._sorted_facts[sig]

    def content(self, sig: Any) -> int:
        """The contents of a fact set, as a number to compare."""
        if sig not in self._contents:
            facts = frozenset(super().facts_with_signature(sig))
            self._contents[sig] = self._logic.grammar.memo.number(facts)
        return self._contents[sig]

    def all_assignments(
        self, rule: Any, mapping: Any = None, partial: bool = False, allow_partial: Any = None
    ) -> Any:
        """Answers to a query; ``_Queries`` keeps ``rule`` alive, so its id stays its own."""
        stock = super().all_assignments
        if partial:
            return stock(rule, mapping, partial, allow_partial)
        question = (id(rule), _key(mapping or {}))
        memo: _Memo = self._logic.grammar.memo
        return memo.ask(self, question, lambda: tuple(stock(rule, mapping)))

    def all_applicable_actions(self) -> list[_Action]:
        """As in ``PddlState``, with the actions made once per operator and handed out as copies."""
        count = self.downward_lib.get_applicable_operators_count()
        operators = (fast_downward.Operator * count)()
        self.downward_lib.get_applicable_operators(operators)
        self._operators = {operator.id: operator for operator in operators}
        ground: dict[int, _Action] = self._logic.ground
        actions: dict[str, _Action] = {}
        for number, operator in self._operators.items():
            if number not in ground:
                ground[number] = self._ground(operator)
            action = ground[number]
            if action.operator_name not in actions:
                actions[action.operator_name] = action.copy()
        return list(actions.values())

    def _ground(self, operator: Any) -> _Action:
        name, *arguments = operator.name.split()
        action = _Action(name=name, preconditions=[], postconditions=[])
        action.id = operator.id
        action.operator_name = operator.name
        action.mapping = _Binding(
            {
                tw_logic.Placeholder(p.name.strip("?"), p.type_name): tw_logic.Variable(
                    argument, p.type_name
                )
                for p, argument in zip(self._actions[name].parameters, arguments, strict=False)
            }
        )
        action.command_template = self._logic.actions[name].template
        action.feedback_rule = self._logic.actions[name].feedback_rule
        return action


_REPLACEMENTS: tuple[tuple[ModuleType, str, Any, Any], ...] = tuple(
    (module, name, getattr(module, name, getattr(builtins, name, None)), replacement)
    for module, name, replacement in (
        (fast_downward, "load_lib", _load_library),
        (fast_downward, "pddl2sas", _translate),
        (pddl_logic, "ContextSensitiveGrammar", _Grammar),
        (pddl_logic, "GameLogic", _Logic),
        (pddl_logic, "PddlState", _State),
        (textgen, "EvalSymbol", _EvalSymbol),
        (textgen, "Rule", _Queries),
        (textgen, "_parse_and_convert", _parse),
        (textgen, "check_flag", cache(check_flag)),
        (textgen, "deepcopy", _shallow),
        (tw_logic, "sorted", _sorted),
    )
)


@contextmanager
def applied() -> Iterator[None]:
    """Swap the replacements in for the duration of a ``with`` block."""
    for module, name, _, replacement in _REPLACEMENTS:
        setattr(module, name, replacement)
    try:
        yield
    finally:
        for module, name, stock, _ in _REPLACEMENTS:
            setattr(module, name, stock)
