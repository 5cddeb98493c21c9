"""The harness runs and reports; what it measures decides no test."""

from tests.bench.__main__ import durable, importing, journal_length, memory, one_instance


async def test_every_comparison_reports_its_ratios():
    rows = [
        await memory(1, 5),
        await durable("inline", 10, 0.6, 1, 20),
        await durable("thread", 1, 0.45, 1, 5),
        await one_instance(1, 64),
        await journal_length(1, 5),
        importing(1),
    ]
    assert all(row.median > 0 and len(row.ratios) == 1 for row in rows)
