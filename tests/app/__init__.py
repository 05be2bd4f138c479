"""The patients' client, in a real browser against a real server."""
