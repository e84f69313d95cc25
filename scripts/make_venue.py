"""Makes the sample venue: its documents in all formats and the questions about them, all invented.

Needs Chromium on the PATH (prints the PDFs), the font Noto Sans CJK at
/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc (draws the notices), and the extra "samples". Run it as

    python scripts/make_venue.py            # writes src/jianwen/bench/venue/
    python scripts/make_venue.py --only-questions

The same tools give the same bytes. Fails when a gold quote is not where its question says.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from venue.asking import questions_to_json
from venue.documents import write_documents
from venue.facts import VENUE
from venue.questions import QUESTIONS

_HOME = Path(__file__).parents[1] / "src/jianwen/bench/venue"


def main() -> None:
    """Documents first, then the questions, which are checked against them."""
    parser = argparse.ArgumentParser(description="Makes the sample venue.")
    parser.add_argument("--only-questions", action="store_true", help="leave the documents as they are")
    documents = _HOME / "documents"
    if not parser.parse_args().only_questions:
        shutil.rmtree(documents, ignore_errors=True)
        write_documents(documents)
    rows = questions_to_json(QUESTIONS, documents)
    text = json.dumps({"venue": VENUE, "questions": rows}, ensure_ascii=False, indent=1)
    (_HOME / "questions.json").write_text(text + "\n", "utf-8")
    files = [path for path in documents.rglob("*") if path.is_file()]
    print(f"{len(files)} documents, {sum(p.stat().st_size for p in files) / 1e6:.2f} MB, {len(rows)} questions")


if __name__ == "__main__":
    main()
