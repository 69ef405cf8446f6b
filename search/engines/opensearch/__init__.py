"""The distributed engine: the same answers from a cluster of OpenSearch."""
