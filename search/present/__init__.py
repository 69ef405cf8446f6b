"""An answer or a report in a form: JSON, CSV, HTML marks, terminal lines."""
