"""Which articles are copies of one another: the rule of every engine. It knows no index."""
