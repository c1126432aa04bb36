"""The report of an account: one page of HTML that needs nothing else, to read, to print and to send."""

from commands.views.report.report import Report, report_page

__all__ = ["Report", "report_page"]
