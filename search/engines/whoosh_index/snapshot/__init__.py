"""One generation: its segments as one numbered space of documents."""
