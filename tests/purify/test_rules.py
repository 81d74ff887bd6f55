"""Every rule finds its own example, says what to do, and is silent on code that is fine."""

import ast
from pathlib import Path

import pytest
from tests.purify.sources import source_of

from emberharmony.purify import rules
from emberharmony.purify.examine import Examiner, Setup, all_rules
from emberharmony.purify.settings import Settings

RULES = all_rules()
CHECKS = rules.every()


def findings(text, **settings):
    examiner = Examiner(Setup(Settings(root=Path("/nowhere"), **settings)))
    return examiner.entries(source_of(text, "/nowhere/it.py"))


def codes(text):
    return {entry.code for entry in findings(text)}


@pytest.mark.parametrize("code", CHECKS)
def test_a_rule_finds_its_example_and_not_its_mend(code):
    rule = CHECKS[code].rule
    assert code in codes(rule.bad)
    if rule.good:
        assert code not in codes(rule.good)
        ast.parse(rule.good)


@pytest.mark.parametrize("rule", RULES.values(), ids=str)
def test_a_rule_says_what_why_and_what_to_do(rule):
    assert rule.what.endswith(".")
    assert rule.why.endswith(".")
    assert rule.mend
    assert rule.severity in ("error", "warning", "note")
    assert rule.bad.endswith("\n")


def test_codes_and_names_are_given_once():
    assert len({rule.name for rule in RULES.values()}) == len(RULES)
    assert len(CHECKS) == len({check.rule.code for check in CHECKS.values()})


@pytest.mark.parametrize("namespace", ["ops", "xp"])
def test_a_store_at_a_mask_keeps_the_shape_and_is_no_finding(namespace):
    text = f"import numpy as np\nfrom emberharmony import ops\n\n\ndef f(x: np.ndarray, {namespace}=ops):\n"
    assert "SHAPE01" not in codes(text + f"    return {namespace}.at(x)[x < 0].set(0.0)\n")
    assert "SHAPE01" in codes(text + "    return x[x < 0]\n")
