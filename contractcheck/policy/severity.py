"""Severities: the law's verdict, softened by the profile, overridden by the team's configuration."""

from collections.abc import Iterable
from dataclasses import replace

from contractcheck.model.finding import Category, Finding, Severity
from contractcheck.model.rule import rule
from contractcheck.policy.configuration import Configuration


def judge(findings: Iterable[Finding], configuration: Configuration) -> tuple[Finding, ...]:
    """Give each finding the severity the configuration wants, in the order of a report.

    A rule that is `off`, and in profile `wire` every finding of a category other than `wire`, is suppressed: it stays
    in the report with the reason and does not count.
    """
    return tuple(sorted((_judge(finding, configuration) for finding in findings), key=lambda finding: finding.order))


def _judge(finding: Finding, configuration: Configuration) -> Finding:
    wanted = configuration.severity.get(finding.rule)
    if wanted == "off":
        return replace(finding, suppressed=f"rule is off in {configuration.file}")
    if wanted is not None:
        return replace(finding, severity=Severity(wanted))
    if configuration.profile == "wire" and finding.category is not Category.WIRE:
        return replace(finding, suppressed="profile wire looks at running clients only")
    return replace(finding, severity=rule(finding.rule).softened.get(configuration.profile, finding.severity))
