"""Real types and arguments, recorded from a run of the user's tests: what the audit cannot see, the run has seen."""

from emberharmony.purify.trace.kept import Kind, Trace, TraceError
from emberharmony.purify.trace.record import record

__all__ = ["Kind", "Trace", "TraceError", "record"]
