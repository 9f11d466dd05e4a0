"""The two READMEs tell the same commands, and what they point to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READMES = {"README.md": "README.ja.md", "README.ja.md": "README.md"}
PICTURES = {"README.md": "docs/images/page-en.png", "README.ja.md": "docs/images/page-ja.png"}


def code(name: str) -> list[str]:
    """The lines of its blocks of code, without what is said behind them."""
    blocks = re.findall(
        r"^```\w*\n(.*?)^```", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return [line.split("  #")[0].rstrip() for block in blocks for line in block.splitlines()]


def links(name: str) -> set[str]:
    return set(re.findall(r"\]\(([^)]+)\)", (ROOT / name).read_text(encoding="utf-8")))


def test_both_languages_have_the_same_code() -> None:
    assert code("README.md") == code("README.ja.md")
    assert "pip install kansoku" in code("README.md")


def test_both_languages_point_to_the_same_documents() -> None:
    own = {"README.md", "README.ja.md", *PICTURES.values()}
    assert links("README.md") - own == links("README.ja.md") - own


@pytest.mark.parametrize("name", READMES)
def test_what_is_pointed_to_is_there(name: str) -> None:
    found = links(name)
    assert {READMES[name], PICTURES[name]} <= found
    for link in found:
        path, _, anchor = link.partition("#")
        assert (ROOT / path).exists(), link
        if anchor:
            heads = re.findall(r"^#+ (.+)$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w-]", "", head.lower().replace(" ", "-")) for head in heads}


def test_every_command_that_one_names_the_other_names() -> None:
    named = {
        name: {
            word
            for quoted in re.findall(r"`(kansoku [^`]+)`", (ROOT / name).read_text(encoding="utf-8"))
            for word in re.findall(r"^kansoku [a-z]+|--[a-z-]+", quoted)
        }
        for name in READMES
    }
    assert named["README.md"] == named["README.ja.md"]
