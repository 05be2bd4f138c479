"""The access log, sealed: what was written can't be changed, taken out or added unseen."""
