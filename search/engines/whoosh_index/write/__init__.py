"""Building, merging, staging and committing segments."""
