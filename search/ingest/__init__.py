"""A run of newssearch index: from input files to committed documents."""
