"""Checks an answer against the passages: every sentence gets the passage that carries it, or a warning.

The model's own numbers are a hint, nothing more. A citation stays only when the passage states the sentence's
numbers and names and shares its words; otherwise the passage that does is cited, and where none does, it is said.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwen.guide.answer import Answer, Citation, Unsupported
from jianwen.guide.numbers import Stated, merged, missing, stated, states
from jianwen.library import fold, language_of, search_words, telling_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwen.guide.answer import Evidence
    from jianwen.places import Passage

__all__ = ["best_quote", "check_citations", "content_words", "is_refusal"]

MIN_COVERAGE = 0.5  # share of a sentence's words that its passage must have
MIN_SIMILARITY = 0.80  # cosine of a sentence and a passage in another language (e5's cosines lie high)
MIN_FOUND = 0.34  # of the words that it adds to the question; pairs of characters across a name's ends are no words
QUOTE_CHARACTERS = 160

_MONEY = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)\s*(?:元|块|yuan)")
_OTHER_UNITS = frozenset("日号月年天周分秒时点%米厘公岁件张人位层道次台间")
_ASKS_FOR = re.compile(
    r"什么|谁|哪|几|多少|多[高长大远久深宽重]|怎|如何|为何|\b(?:what|who|whom|whose|when|where|which|why|how)\b"
)
_ASKS_AFTER_IS = re.compile(rf"是(?!否|不是)[^，。]*(?:{_ASKS_FOR.pattern})")
_FUNCTION = frozenset(
    "的了是在由有和与为于也都就被把对从到要应该会能可以需进行及其这那"
)  # Chinese characters that name nothing
_CALENDAR = frozenset([*calendar.month_name, *calendar.day_name])

_BRACKETED = re.compile(r"\s*[\[【［]\s*(\d+(?:\s*[,，、]\s*\d+)*)\s*[\]】］]")
_FULL_STOP = r"(?<!\b[A-Z])(?<!\bNo)(?<!\b[MD]r)(?<!\bMs)\.(?=\s+[A-Z\d\[【一-鿿]|\s*$)"
_SENTENCE = re.compile(
    rf"[^。！？!?；;\n]*?(?:[。！？!?；;]+|{_FULL_STOP}|\n|$)(?:\s*[\[【［]\s*\d+(?:\s*[,，、]\s*\d+)*\s*[\]】］])*"
)
_PIECE = re.compile(rf"[^。！？!?；\n]*?(?:[。！？!?；]+|{_FULL_STOP}|\n|$)")  # ";" stands between the cells of a row
_NAME = re.compile(r"《([^》]+)》|“([^”]+)”|「([^」]+)」|\b([A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)*)")
_PARTICULAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|[a-z]+-?\d[a-z\d-]*")
_REFUSAL = re.compile(
    r"(?:资料|文档|文件|信息|上述|提供|文中)[^。]{0,12}(?:没有|未|并未|无)[^。]{0,6}(?:提到|提及|说明|包含|涉及|相关|给出|找到|记载|提供|信息|关于|答案)"
    r"|^(?:没有|未)(?:提到|提及|找到)|无法(?:回答|确定|得知|从资料)|不知道"
    r"|(?:documents?|passages?|text|information)\b[^.]{0,40}\b(?:not|n't|no)\b[^.]{0,20}\b(?:say|mention|specif|provid|contain|state|include|information|answer)"
    r"|not (?:mentioned|specified|provided|stated)|no information|cannot (?:answer|be answered|determine)|don't know",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of the model's reply without its citation marks, and the numbers it cited."""

    text: str
    cited: tuple[int, ...]


def is_refusal(text: str) -> bool:
    """Whether the model says that the documents do not say."""
    return bool(_REFUSAL.search(text.strip()))


def check_citations(
    reply: str, evidence: Sequence[Evidence], *, question: str, similarity: Callable[[str, Passage], float]
) -> Answer:
    """The reply with checked citations.

    Args:
        reply: what the model wrote, with or without `[n]`.
        evidence: the passages it read.
        question: its words and numbers may be repeated without support.
        similarity: cosine of a sentence and a passage; asked only across languages, where no words can be compared.

    Returns:
        An answer that is `refused` when nothing in it is supported.
    """
    writer = _Writer()
    supported = False
    for sentence in _sentences(reply):
        carrier = _carrier(sentence, evidence, question, similarity)
        if carrier:
            supported = True
            writer.write(sentence.text, carrier)
        else:
            writer.write_unsupported(sentence.text, _reason(sentence, evidence, question))
    return Answer(writer.text, tuple(writer.citations), tuple(writer.unsupported), refused=not supported)


class _Writer:
    """Builds the answer's text, numbering sources in the order in which they are first cited."""

    def __init__(self) -> None:
        self.text = ""
        self.citations: list[Citation] = []
        self.unsupported: list[Unsupported] = []
        self._numbers: dict[str, int] = {}

    def write(self, sentence: str, carrier: Evidence) -> None:
        n = self._numbers.setdefault(carrier.passage.id, len(self._numbers) + 1)
        start = self._begin()
        body = sentence.rstrip("。！？!?；;.\n ")
        self.text += f"{body} [{n}]{sentence[len(body) :].strip()}"
        quote = best_quote(sentence, carrier.passage.text)
        self.citations.append(Citation(n, carrier.source, carrier.passage, quote, start, len(self.text)))

    def write_unsupported(self, sentence: str, reason: tuple[str, str]) -> None:
        start = self._begin()
        self.text += sentence.strip()
        self.unsupported.append(Unsupported(start, len(self.text), *reason))

    def _begin(self) -> int:
        if self.text:
            self.text += "" if self.text[-1] in "。！？；" else " "
        return len(self.text)


def _sentences(reply: str) -> list[_Sentence]:
    """Sentences in order; empty and repeated ones are dropped, since small models fall into loops."""
    found: list[_Sentence] = []
    seen: set[str] = set()
    for match in _SENTENCE.finditer(reply):
        cited = tuple(int(n) for group in _BRACKETED.findall(match[0]) for n in re.findall(r"\d+", group))
        text = _BRACKETED.sub("", match[0]).strip()
        key = fold(text).strip("。！？!?；;. ")
        if key and key not in seen:
            seen.add(key)
            found.append(_Sentence(text, cited))
        elif cited and found and not key:
            found[-1] = _Sentence(found[-1].text, (*found[-1].cited, *cited))
    return found


def _carrier(
    sentence: _Sentence, evidence: Sequence[Evidence], question: str, similarity: Callable[[str, Passage], float]
) -> Evidence | None:
    """The passage that the sentence rests on: a cited one if it carries it, else the best that does."""
    scored = [(_support(sentence.text, item.passage, question, similarity), item) for item in evidence]
    carrying = [(score, item) for score, item in scored if score > 0]
    if not carrying:
        return None
    cited = [(score, item) for score, item in carrying if item.n in sentence.cited]
    best_score, best = max(carrying, key=lambda pair: pair[0])
    if not cited:
        return best
    cited_score, cited_best = max(cited, key=lambda pair: pair[0])
    # Another passage must carry the sentence clearly better to overrule the model.
    return best if best_score > cited_score + 0.15 else cited_best


def _support(sentence: str, passage: Passage, question: str, similarity: Callable[[str, Passage], float]) -> float:
    """How well the passage carries the sentence, 0 (not at all) to 1."""
    text = passage.indexed_text
    claim, known = stated(sentence), stated(text)
    if not states(merged([known, stated(question)]), claim):
        return 0.0
    if _names_missing(sentence, text + question) or not _is_about(question, text) or _is_other_unit(sentence, text):
        return 0.0
    asked = stated(question)
    own = Stated(claim.numbers - asked.numbers, claim.times, (claim.weekdays - asked.weekdays) & known.weekdays)
    stated_here = states(known, own) and bool(own.numbers or own.times or own.weekdays)
    if language_of(sentence) != passage.language:
        likeness = similarity(sentence, passage)
        if stated_here:
            return max(likeness, MIN_COVERAGE)
        return likeness if likeness >= MIN_SIMILARITY else 0.0
    words = content_words(sentence)
    if stated_here and len(own.numbers) + 2 * len(own.times) > 1:
        return max(MIN_COVERAGE, _share(words, content_words(text)))  # a date, or several values: no coincidence
    found = _found_of_added(sentence, question, text)
    if found is None and not stated_here and _ASKS_FOR.search(fold(question)):
        return 0.0  # "the snooker table is a snooker table"
    if _predicate_is_asked(sentence, question):
        return 0.0
    return _word_support(_share(words, content_words(text)), found, stated_here=stated_here)


def _share(words: set[str], known: set[str]) -> float:
    return len(words & known) / len(words) if words else 1.0


def _word_support(coverage: float, found: float | None, *, stated_here: bool) -> float:
    """By words of one language: what the sentence adds to the question must be found.

    A question's words in an answer prove nothing, and need no proof: people ask in other words than documents use.

    Args:
        coverage: share of the sentence's words that the passage has.
        found: share of what it adds; None when it adds nothing.
        stated_here: whether the passage states the values that it adds.
    """
    if found is None:
        return max(coverage, MIN_COVERAGE) if stated_here else coverage if coverage >= MIN_COVERAGE else 0.0
    if found >= MIN_FOUND or (stated_here and coverage >= MIN_COVERAGE / 2):
        return max(found, coverage)
    return 0.0


def _found_of_added(sentence: str, question: str, text: str) -> float | None:
    """Share of the characters (of Chinese) or words that a sentence adds to the question which the passage has."""
    if language_of(sentence) != "zh":
        added = content_words(sentence) - content_words(question)
        return _share(added, content_words(text)) if added else None
    folded, asked, known = fold(sentence), fold(question), fold(text)
    new = _naming(folded) - _shared(folded, asked)
    return len(new & _shared(folded, known)) / len(new) if new else None


def _predicate_is_asked(sentence: str, question: str) -> bool:
    """Whether a Chinese sentence says of what is asked "是什么" only what it is called already, as in "A 是 A"."""
    folded, asked = fold(sentence), fold(question)
    subject, is_, predicate = folded.rpartition("是")
    if not is_ or not _ASKS_AFTER_IS.search(asked):
        return False
    return _naming(predicate) <= _shared(predicate, subject) | _shared(predicate, asked)


def _naming(text: str) -> set[int]:
    """The places of all letters and digits but for those of function words."""
    return {i for i, character in enumerate(text) if character.isalnum() and character not in _FUNCTION}


def _shared(text: str, other: str) -> set[int]:
    """The places in a text of all pairs of characters that another text has too."""
    return {i + k for i in range(len(text) - 1) if text[i : i + 2] in other for k in (0, 1)}


def _is_about(question: str, text: str) -> bool:
    """Whether the passage names every year and inventory number that the question names: others are other things."""
    folded = fold(text)
    return all(name in folded for name in _PARTICULAR.findall(fold(question)))


def _is_other_unit(sentence: str, text: str) -> bool:
    """Whether an amount of money is, wherever the passage has that number, a number of something else."""
    for amount in _MONEY.findall(fold(sentence)):
        units = [match[1] for match in re.finditer(rf"(?<![\d.]){re.escape(amount)}(?![\d.])\s*(\S?)", fold(text))]
        if units and all(unit in _OTHER_UNITS for unit in units):
            return True
    return False


def _reason(sentence: _Sentence, evidence: Sequence[Evidence], question: str) -> tuple[str, str]:
    """Why no passage carries the sentence, in English and Chinese."""
    texts = [item.passage.indexed_text for item in evidence]
    absent = missing(merged([stated(text) for text in [*texts, question]]), stated(sentence.text))
    absent += _names_missing(sentence.text, " ".join([*texts, question]))
    if absent:
        listed = ", ".join(absent)
        return f"No passage states: {listed}.", f"没有资料提到：{listed}。"
    return "No passage says so.", "没有资料支持这句话。"


def _names_missing(sentence: str, text: str) -> list[str]:
    """Titles, quoted words and capitalised names of the sentence that the text does not have."""
    folded = fold(text)
    names = []
    for match in _NAME.finditer(sentence):
        name = next(group for group in match.groups() if group)
        if match.start() == 0 and match[4] and " " not in name:
            continue  # the first word of an English sentence is always capitalised
        if name in _CALENDAR:
            continue  # months are compared as numbers
        if fold(name) not in folded and not _has_words(name, folded):
            names.append(name)
    return names


def _has_words(name: str, folded: str) -> bool:
    return all(word in folded for word in search_words(name))


def content_words(text: str) -> set[str]:
    return set(telling_words(text))


def best_quote(sentence: str, text: str) -> str:
    """The piece of the passage that shares most with the sentence, word for word as it stands there."""
    words, values = content_words(sentence), stated(sentence)

    def likeness(piece: str) -> float:
        own = stated(piece)
        shared_values = len(values.numbers & own.numbers) + len(
            {t[:2] for t in values.times} & {t[:2] for t in own.times}
        )
        shared_words = len(words & content_words(piece)) / (len(words) or 1)
        return shared_values + shared_words - len(piece) / 1e4

    pieces = [match[0].strip() for match in _PIECE.finditer(text) if match[0].strip()]
    return _cut(max(pieces, key=likeness, default=text))


def _cut(piece: str) -> str:
    """At most `QUOTE_CHARACTERS`, ended between words, so that it still stands in the passage as it is."""
    if len(piece) <= QUOTE_CHARACTERS:
        return piece
    cut = piece[:QUOTE_CHARACTERS]
    blank = cut.rfind(" ")
    return cut[:blank] if blank > QUOTE_CHARACTERS // 2 else cut
