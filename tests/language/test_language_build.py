"""How the engine was compiled."""

from __future__ import annotations

import llama_cpp


def test_the_engine_has_none_of_the_code_that_compilers_spoil() -> None:
    """AMX, whose tile configuration GCC 12 leaves half unwritten, is not in the engine: it died at random moments."""
    assert b"AMX_INT8 = 1" not in llama_cpp.llama_print_system_info()
