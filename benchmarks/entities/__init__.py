"""How names are found: what the network learns from, how well and how fast it does. See `__main__`."""
