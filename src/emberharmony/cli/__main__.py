"""`python -m emberharmony.cli`."""

from emberharmony.cli import main

raise SystemExit(main())
