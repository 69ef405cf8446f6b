"""An answer or a report in a form: JSON, CSV, marked HTML, lines of a terminal."""
