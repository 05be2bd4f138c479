"""The wire contract: the schema, and requests with their answers, as they were recorded."""
