"""Is it an array? Values of expressions, found without running anything."""

from emberharmony.purify.flow.project import Flow, Project
from emberharmony.purify.flow.values import Kind, Value

__all__ = ["Flow", "Kind", "Project", "Value"]
