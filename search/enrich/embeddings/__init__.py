"""What texts mean, as vectors: texts near in meaning have vectors near each other. docs/semantic.md explains it."""
