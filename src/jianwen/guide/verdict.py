"""Which passage the model should answer from, if any, by what the model itself holds likely and not by what it says.

Asked to say when it does not know, a small model refuses half of what it could answer. Asked a short question of which
only the odds of "yes" are looked at, the same model tells the answerable from the rest. And it answers better from the
one passage that holds the answer than from four of which one does: neighbours in a table mislead it.

So passages are looked at one by one, each alone behind the rules, which costs only the question where they were read
beforehand. The first that can surely answer is answered from. All of them are read together only when none can alone.
Nothing is shown before that is settled.

Bounds fitted on the tuning half of the sample venue with Qwen2.5-Coder 1.5B: see `dev/log.md`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jianwen.guide.prompt import wording_of
from jianwen.library import language_of

if TYPE_CHECKING:
    from jianwen.guide.prompt import Check, Prompt
    from jianwen.language import LanguageModel

__all__ = ["ENOUGH", "SURE", "TOGETHER", "select"]

# In natural logarithms of odds.
ENOUGH = {"zh": 0.7, "en": 0.3}  # that a passage can answer: further ones are not looked at
SURE = 0.2  # of two checks on the best of those that fall short: below it, an answer would be invented
TOGETHER = 1.5  # that all passages together can answer, when none can alone


def select(model: LanguageModel, prompt: Prompt) -> tuple[Prompt, str] | None:
    """Choose what to read, reading some of it.

    Args:
        model: it will also write the answer.
        prompt: with all chosen passages, the best one last.

    Returns:
        A prompt and the template to ask it with; None where the passages do not say. A model that cannot be looked
        into reads all passages and refuses in words.
    """
    wording = wording_of(prompt.question)
    enough = ENOUGH[language_of(prompt.question)]
    best: tuple[float, Prompt] | None = None
    for item in reversed(prompt.evidence):
        alone = replace(prompt, evidence=(item,))
        odds = _odds(model, alone, wording.can_answer)
        if odds is None:
            return prompt, wording.answer_or_refuse
        if odds >= enough:
            return alone, wording.answer
        if best is None or odds > best[0]:
            best = odds, alone
    if best and best[0] + (_odds(model, best[1], wording.mentions) or 0.0) >= SURE:
        return best[1], wording.answer
    together = _odds(model, prompt, wording.can_answer)
    return (prompt, wording.answer) if together is not None and together >= TOGETHER else None


def _odds(model: LanguageModel, prompt: Prompt, check: Check) -> float | None:
    return model.odds(prompt.ask(check.template), yes=check.yes, no=check.no)
