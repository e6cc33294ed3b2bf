"""The metrics, read by Prometheus's own parser and held against its rules for names."""

import os
import re
import urllib.request

from prometheus_client.parser import text_string_to_metric_families


def main():
    with urllib.request.urlopen(os.environ["NAQD_URL"] + "/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"), answer.headers
        text = answer.read().decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    for name, kind in [
        ("naqd_requests", "counter"),
        ("naqd_comments", "counter"),
        ("naqd_decisions", "counter"),
        ("naqd_unfamiliar", "counter"),
        ("naqd_feedback", "counter"),
        ("naqd_reloads", "counter"),
        ("naqd_request_seconds", "histogram"),
        ("naqd_model_info", "gauge"),
        ("naqd_connections", "gauge"),
        ("naqd_watch_only", "gauge"),
    ]:
        assert families[name].type == kind, (name, families[name].type)
    seen = set()
    for family in families.values():
        assert family.documentation, f"{family.name} has no help"
        for sample in family.samples:
            assert re.fullmatch(r"[a-z_][a-z0-9_]*", sample.name), sample
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in seen, f"{key} stands twice"
            seen.add(key)
    buckets = {}
    for sample in families["naqd_request_seconds"].samples:
        if sample.name.endswith("_bucket"):
            buckets.setdefault(sample.labels["route"], []).append((float(sample.labels["le"]), sample.value))
        if sample.name.endswith("_count"):
            route = buckets[sample.labels["route"]]
            assert route == sorted(route) and route[-1] == (float("inf"), sample.value), route
    decisions = {sample.labels["decision"] for sample in families["naqd_decisions"].samples}
    assert decisions == {"publish", "hold", "reject"}, decisions
    (model,) = families["naqd_model_info"].samples
    assert re.fullmatch("[0-9a-f]{16}", model.labels["version"]), model


main()
