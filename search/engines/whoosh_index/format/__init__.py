"""How values lie in files."""
