"""What the model should read for an answer, if any, by what the model itself holds likely and not by what it says.

Asked to say when it does not know, a small model refuses half of what it could answer. Asked a short question of which
only the odds of "yes" are looked at, the same model tells the answerable from the rest. And it answers better from one
passage that holds the answer than from four of which one does: neighbours in a table mislead it.

So the best passage is read alone first. If it can answer, the others are not read at all; if not, all of them are, and
what the checks say together decides whether an answer is worth writing. Nothing is shown before that is settled.

Bounds fitted on the tuning half of the sample venue with Qwen2.5-Coder 1.5B: see `dev/log.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwen.guide.prompt import wording_of
from jianwen.library import language_of

if TYPE_CHECKING:
    from jianwen.guide.prompt import Check, Prompt
    from jianwen.language import LanguageModel

__all__ = ["ENOUGH", "SURE", "select"]

# In natural logarithms of odds.
ENOUGH = {"zh": 0.7, "en": 0.3}  # that the best passage can answer: the others are not read
SURE = 0.5  # sum of three checks: below it, an answer would be invented


def select(model: LanguageModel, best: Prompt, several: Prompt) -> tuple[Prompt, str] | None:
    """Choose what to read, reading some of it.

    Args:
        model: it will also write the answer.
        best: the prompt with the best passage alone.
        several: the prompt with all chosen passages.

    Returns:
        A prompt and the template to ask it with; None where the passages do not say. A model that cannot be looked
        into reads all passages and refuses in words.
    """
    wording = wording_of(best.question)
    can_answer = _odds(model, best, wording.can_answer)
    if can_answer is None:
        return several, wording.answer_or_refuse
    if can_answer >= ENOUGH[language_of(best.question)]:
        return best, wording.answer
    mentions = [_odds(model, prompt, wording.mentions) or 0.0 for prompt in (best, several)]
    return (several, wording.answer) if can_answer + sum(mentions) >= SURE else None


def _odds(model: LanguageModel, prompt: Prompt, check: Check) -> float | None:
    return model.odds(prompt.ask(check.template), yes=check.yes, no=check.no)
