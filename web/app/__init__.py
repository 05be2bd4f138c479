"""The patients' client at /app/: its page, its service worker, its manifest and its files."""
