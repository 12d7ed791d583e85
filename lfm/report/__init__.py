"""The report of a run: one HTML file that opens anywhere, without network or server."""

from __future__ import annotations

from lfm.report.page import write_report

__all__ = ["write_report"]
