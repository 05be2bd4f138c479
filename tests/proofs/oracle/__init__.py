"""Every reminder of every zone, minute by minute: an oracle that knows nothing of our way."""
