"""The dashboard's numbers: one file a metric, and one line here. Pages, limits and home are made from these entries."""

from review.metrics import (
    caught,
    complaints,
    corrected,
    error_rate,
    escaped,
    failed,
    images_an_hour,
    overdue,
    pace,
    refused,
    reviewed,
)
from review.metrics.contract import Metric

METRICS: tuple[Metric, ...] = (
    error_rate.METRIC,
    corrected.METRIC,
    escaped.METRIC,
    images_an_hour.METRIC,
    complaints.METRIC,
    refused.METRIC,
    failed.METRIC,
    caught.METRIC,
    reviewed.METRIC,
    pace.METRIC,
    overdue.METRIC,
)
BY_NAME = {metric.name: metric for metric in METRICS}
