"""An audit as text, JSON, SARIF, figures, a status table or a page: functions from data to text."""
