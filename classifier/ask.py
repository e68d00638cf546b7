"""What is still worth asking: a question counts where some answer to it would change who goes."""

from collections.abc import Iterator
from typing import Final

from classifier.policy import Decision, ResponsePolicy, Situation
from classifier.questions import NOTHING, Ask, questions
from classifier.situation import with_answer
from classifier.suggestion import Question

MOST: Final = 3


def ask(situation: Situation, policy: ResponsePolicy) -> list[Question]:
    """Return what is worth asking, the most useful first; never what an answer would buy.

    Each question's answers are tried on the policy. A question is useful when some answer would change the
    row, who goes too, or whether medics wait. Weapons lead; then come dangers, then what changes the unit.

    Parameters
    ----------
    situation : mapping of str to str
        What is true of the call.
    policy : ResponsePolicy
        The city's policy.

    Returns
    -------
    list of Question
        At most three; one where there is too little to say who should go.
    """
    now = policy.decide(situation)
    ranked = sorted(_useful(situation, policy, now), key=lambda found: (found[0], found[1].first))
    return [
        {"fact": question.fact, "question": question.question, "answers": list(question.answers)}
        for _, question in ranked[: 1 if now.row.unit is None else MOST]
    ]


def _useful(situation: Situation, policy: ResponsePolicy, now: Decision) -> Iterator[tuple[int, Ask]]:
    """Yield every question worth asking with its rank, the most useful lowest."""
    true = frozenset(situation)
    for question in questions():
        if f"answered_{question.fact}" in true or not question.when.holds(true):
            continue
        if not question.answers:
            yield 1, question
            continue
        ranks = []
        for name, answer in question.answers.items():
            if answer == NOTHING:
                continue
            then = policy.decide(with_answer(situation, question.fact, name, answer))
            if _sent(then) != _sent(now):
                ranks.append(1 if answer.hit else 2 if then.row.unit != now.row.unit else 3)
        if ranks:
            yield 0 if question.leads else min(ranks), question


def _sent(decision: Decision) -> tuple[str, tuple[str, ...], bool]:
    return decision.row.row, decision.also, decision.stage
