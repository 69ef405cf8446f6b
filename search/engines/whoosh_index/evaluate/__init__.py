"""From a request to an answer over one snapshot."""
