"""For code hosts and editors: SARIF 2.1.0, with the rules' help, and accepted findings as suppressions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emberharmony.purify.audit import Audit
    from emberharmony.purify.findings import Entry, Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(found: Audit, rules: Mapping[str, Rule], version: str) -> str:
    """The audit as a SARIF log."""
    order = {code: index for index, code in enumerate(rules)}
    results: list[dict[str, Any]] = []
    for file in found.files:
        seen: dict[str, int] = {}
        for entry, mark in file.marked():
            known = f"{entry.code}:{entry.function}:{mark}"
            seen[known] = seen.get(known, 0) + 1
            results.append(_result(entry, order[entry.code], f"{known}:{seen[known]}"))
    driver = {
        "name": "emberharmony purify",
        "version": version,
        "rules": [_rule(rule) for rule in rules.values()],
    }
    note = [{"level": "note", "message": {"text": text}} for text in found.notes]
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"BASE": {"uri": found.base.as_uri() + "/"}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": note}],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    good = f"\n\nWrite:\n\n{rule.good}" if rule.good else ""
    mend = f"\n\n{rule.mend}" if rule.mend else ""
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.what},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.what} {rule.why}\n\nInstead of:\n\n{rule.bad}{good}{mend}"},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(entry: Entry, index: int, print_: str) -> dict[str, Any]:
    region = {
        "startLine": entry.line,
        "startColumn": entry.column,
        "endLine": entry.end_line,
        "endColumn": entry.end_column,
    }
    place: dict[str, Any] = {"uri": quote(entry.path)}
    if entry.path.startswith("/"):  # outside of the folder that the command was called in
        place["uri"] = "file://" + place["uri"]
    else:
        place["uriBaseId"] = "BASE"
    result: dict[str, Any] = {
        "ruleId": entry.code,
        "ruleIndex": index,
        "level": entry.severity,
        "message": {"text": f"{entry.note}. To mend: {entry.mend}"},
        "locations": [{"physicalLocation": {"artifactLocation": place, "region": region}}],
        "partialFingerprints": {"purify/v1": print_},
    }
    if entry.reason:
        kind = "inSource" if entry.reason == "documented" else "external"
        result["suppressions"] = [{"kind": kind, "justification": f"{entry.reason}: {entry.why}"}]
    return result
